"""The stand-in's one port: the repaired services behind an ASGI server."""

import asyncio
import logging
import socket
import sys
from typing import TYPE_CHECKING

from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config
from ministack import app as services
from ministack.core import lambda_runtime

from sandbox.stand_in import injection, repairs
from sandbox.stand_in.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def serve(settings: Settings, listener: socket.socket, stop: asyncio.Event, without: set[str]) -> None:
    """Serve on `listener` until `stop` is set, then end the Lambda workers."""
    repairs.apply_all(settings, without)
    injection.apply(settings)
    for name in ("moto.stepfunctions", "samtranslator"):  # their long logs are not about the stand-in
        logging.getLogger(name).setLevel(logging.CRITICAL)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    # Long, because a busy loop would close an idle connection on which a request has just arrived.
    config.keep_alive_timeout = 86_400
    config.keep_alive_max_requests = 1_000_000
    config.graceful_timeout = 0.2
    config.loglevel = "WARNING"
    print(f"the stand-in answers at {settings.endpoint}", file=sys.stderr, flush=True)
    shutdown: Callable[[], Awaitable[object]] = stop.wait
    await serve_asgi(services.app, config, shutdown_trigger=shutdown, mode="asgi")
    lambda_runtime.reset()
