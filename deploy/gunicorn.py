"""Settings of both web processes, here and in production. gthread: a stream of events holds a thread, so there are many of them."""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "1"))
threads = int(os.environ.get("WEB_THREADS", "24"))
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests = int(os.environ.get("WEB_MAX_REQUESTS", "0"))
accesslog = None
errorlog = "-"
loglevel = "warning"
limit_request_line = 4094
limit_request_field_size = 8190
control_socket_disable = True
certfile = os.environ.get("TLS_CHAIN") or None
keyfile = os.environ.get("TLS_KEY") or None
