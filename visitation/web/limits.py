"""How often one address may knock. In memory for one process, in Redis where several share the count."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=[], headers_enabled=True, strategy="moving-window")


def install_limits(app: Flask, redis_url: str | None) -> None:
    app.config["RATELIMIT_STORAGE_URI"] = redis_url or "memory://"
    app.config["RATELIMIT_SWALLOW_ERRORS"] = True  # a counter that is down must not close the door
    limiter.init_app(app)
