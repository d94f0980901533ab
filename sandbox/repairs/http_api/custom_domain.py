"""The custom domain of the assets account's HTTP API: `/_domain/…` on the stand-in's port.

Stands for: an API Gateway custom domain name whose mapping gives every path to one API; a name would need DNS.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack import app
from ministack.services import apigateway

from sandbox.accounts import ASSETS
from sandbox.repairs.replacing import Original, put_in_front
from sandbox.settings import Settings

PREFIX = "/_domain"
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def apply(settings: Settings) -> None:
    """Send the domain's requests to the API."""
    put_in_front(app, "app", _map)


async def _map(original: Original, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/"):
        target = f"/_aws/execute-api/{_api()}/$default"
        raw_path = scope.get("raw_path") or scope["path"].encode()
        scope = {
            **scope,
            "path": target + scope["path"].removeprefix(PREFIX),
            "raw_path": target.encode() + raw_path.removeprefix(PREFIX.encode()),
        }
    await original(scope, receive, send)


def _api() -> str:
    """The id of the assets account's HTTP API; of none when there is none, which is answered like a wrong domain."""
    ids = (key[-1] for key, api in apigateway._apis._data.items() if key[0] == ASSETS and _is_http(api))
    return next(ids, "none")


def _is_http(api: dict[str, Any]) -> bool:
    return api.get("protocolType", "HTTP") == "HTTP"
