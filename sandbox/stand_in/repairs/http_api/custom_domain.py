"""The custom domain of the assets account's HTTP API: `/_domain/…` on the stand-in's port.

It stands for an API Gateway custom domain name, which would need DNS. Its mapping sends every path to one API, the
newest. The caller signs the request to the domain.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
"""

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.services import apigateway

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings

PREFIX = "/_domain"
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_asked_for: ContextVar[bytes | None] = ContextVar("asked_for", default=None)


def apply(settings: Settings) -> None:
    """Send the domain's requests to the API, and check their signatures against the domain's paths."""
    put_in_front(app, "app", _map)
    put_in_front(app, "pin_signed_request", _as_asked_for)


async def _map(original: Original, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    asked_for = None
    if scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/"):
        target = f"/_aws/execute-api/{_api()}/$default"
        asked_for = scope.get("raw_path") or scope["path"].encode()
        scope = {
            **scope,
            "path": target + scope["path"].removeprefix(PREFIX),
            "raw_path": target.encode() + asked_for.removeprefix(PREFIX.encode()),
        }
    token = _asked_for.set(asked_for)
    try:
        await original(scope, receive, send)
    finally:
        _asked_for.reset(token)


def _as_asked_for(original: Original, method: str, raw_path: str, *rest: object) -> None:
    asked_for = _asked_for.get()
    original(method, raw_path if asked_for is None else asked_for.decode("latin-1"), *rest)


def _api() -> str:
    """Return the id of the assets account's newest HTTP API, or an id that no API has."""
    ids = [key[-1] for key, api in apigateway._apis._data.items() if key[0] == ASSETS and _is_http(api)]
    return ids[-1] if ids else "none"


def _is_http(api: dict[str, Any]) -> bool:
    return api.get("protocolType", "HTTP") == "HTTP"
