"""`python -m visitation.signalling`: one broker, until SIGTERM or SIGINT."""

import asyncio
import gc
import logging
import signal
import sys

from pydantic import ValidationError

from visitation.kernel.clock import SystemClock
from visitation.signalling import transport
from visitation.signalling.broker import Broker
from visitation.signalling.server import serve
from visitation.signalling.settings import BrokerSettings


async def run(settings: BrokerSettings) -> None:
    """Serve until a signal comes, then drain; a second signal cuts that short."""
    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def signalled() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signalled)
    broker = Broker(settings, SystemClock())
    gc.collect()
    gc.freeze()  # what is loaded by now lives for ever; collecting it again and again costs latency
    await serve(broker, stop, hurry)


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for noisy in ("aioice", "aiortc", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        settings = BrokerSettings()
    except ValidationError as problem:
        names = ", ".join("BROKER_" + "_".join(map(str, e["loc"])).upper() + f" ({e['msg']})" for e in problem.errors())
        sys.stderr.write(f"the broker cannot start, look at: {names}\n")
        return 2
    transport.install()
    try:
        asyncio.run(run(settings))
    except OSError as problem:
        sys.stderr.write(f"the broker stops: {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
