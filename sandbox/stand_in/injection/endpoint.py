"""Paths on the stand-in's port: to inject faults, and for the AWS calls of throttled functions."""

import asyncio
import json
import urllib.parse
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack import app

from sandbox.stand_in import ecs_faults, lambda_faults
from sandbox.stand_in import metrics as stand_in_metrics
from sandbox.stand_in.faults import PATH, Fault
from sandbox.stand_in.injection import functions, invocations, metrics, planted, service_deployments, throttling
from sandbox.stand_in.repairs.replacing import Original, put_in_front

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_CONTROLS = {lambda_faults.PATH: functions.serve, ecs_faults.PATH: service_deployments.serve}


def apply() -> None:
    """Serve them before any service is asked."""
    put_in_front(app, "app", _answer)


async def _answer(original: Original, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    path = scope["path"] if scope["type"] == "http" else ""
    if path == PATH:
        about = urllib.parse.parse_qs(scope["query_string"].decode())["about"][0]
        counts = await asyncio.to_thread(_serve, scope["method"], about, await _body(receive))
        await _send(send, 200, {"content-type": "application/json"}, json.dumps(counts).encode())
    elif path in _CONTROLS:
        found = _CONTROLS[path](json.loads(await _body(receive)))
        status = 200 if found is not None else 404
        await _send(send, status, {"content-type": "application/json"}, json.dumps(found).encode())
    elif path == stand_in_metrics.PATH:
        metrics.serve(json.loads(await _body(receive)))
        await _send(send, 200, {"content-type": "application/json"}, b"{}")
    elif path == throttling.PREFIX or path.startswith(f"{throttling.PREFIX}/"):
        await _body(receive)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        answer = throttling.refusal(headers)
        named = {"content-type": answer.content_type, "x-amzn-errortype": answer.error_type}
        content = b"" if scope["method"] == "HEAD" else answer.body.encode()
        await _send(send, answer.status, {name: text for name, text in named.items() if text}, content)
    else:
        await original(scope, receive, send)


def _serve(method: str, about: str, content: bytes) -> dict[str, int]:
    if method == "POST":
        body = json.loads(content)
        planted.plant(planted.Planted(body["function"], about, Fault(**body["fault"]), body["times"]))
    elif method == "DELETE":
        planted.clear(about)
        if "throttled" not in planted.kinds():
            invocations.end_throttled_processes()
    return {"hits": planted.hits(about), "held": planted.held(about)}


async def _body(receive: Receive) -> bytes:
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    return content


async def _send(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    pairs = [(name.encode(), text.encode()) for name, text in {**headers, "content-length": str(len(body))}.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
