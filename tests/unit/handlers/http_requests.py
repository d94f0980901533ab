"""The events of the HTTP API for the functions behind the approval links (payload format 2.0)."""

import json
import re
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

from gantry.handlers.http_api import (
    answer_check,
    decide_approval,
    show_approval,
    start_promotion_by_call,
    steer_canary,
)
from gantry.promotion.timestamps import moment
from tests.unit.handlers.mails import as_text
from tests.unit.handlers.payloads import DIGEST, invoke

FORM = "application/x-www-form-urlencoded"
_PARAMETERS = {
    "approvals": "link",
    "decisions": "approval",
    "promotions": "",
    "hooks": "check",
    "canaries": "action",
}
LINK, OTHER_LINK = "a-link-that-nobody-guesses", "the-other-approvers-link"
_NONCE = re.compile(r'name="nonce" value="([^"]+)"')


def request(
    method: str,
    link: str = LINK,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    authorizer: dict[str, Any] | None = None,
) -> Any:
    """On a link."""
    return _request(method, f"/approvals/{link}", body, headers, authorizer)


def _request(
    method: str, path: str, body: bytes | None, headers: dict[str, str] | None, authorizer: dict[str, Any] | None
) -> Any:
    _, kind, *last = path.split("/", 2)
    parameter = _PARAMETERS[kind]
    route = f"{method} /{kind}/{{{parameter}}}" if parameter else f"{method} /{kind}"
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "approvals.example.com", "user-agent": "Mozilla/5.0"} | (headers or {}),
        "pathParameters": dict(zip([parameter], last, strict=False)),
        "requestContext": {
            "accountId": "111111111111",
            "apiId": "api",
            "domainName": "approvals.example.com",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "Mozilla/5.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "time": "22/Nov/2026:09:30:00 +0000",
            "timeEpoch": 1795339800000,
        }
        | ({"authorizer": authorizer} if authorizer else {}),
        "isBase64Encoded": body is not None,
    } | ({"body": b64encode(body).decode()} if body is not None else {})


def posted(fields: dict[str, str], link: str = LINK, authorizer: dict[str, Any] | None = None) -> Any:
    """What the form on the page sends."""
    return request("POST", link, urlencode(fields).encode(), {"content-type": FORM}, authorizer)


def show(link: str = LINK, method: str = "GET", authorizer: dict[str, Any] | None = None) -> Any:
    """Open a link."""
    return invoke(show_approval.handler, request(method, link, authorizer=authorizer))


def nonce_on(page: dict[str, Any]) -> str:
    """What the page gave its form."""
    (nonce,) = _NONCE.findall(page["body"])
    return str(nonce)


def answer(
    decision: str = "approved",
    reason: str = "",
    link: str = LINK,
    authorizer: dict[str, Any] | None = None,
    **more: str,
) -> Any:
    """Open a link, and send its form, unless the nonce of an earlier page is given."""
    nonce = more.pop("nonce", None) or nonce_on(show(link, authorizer=authorizer))
    fields = {"nonce": nonce, "decision": decision, "reason": reason} | more
    return invoke(decide_approval.handler, posted(fields, link, authorizer))


def call(
    approval_id: str, caller: str | None, body: bytes | None = None, content_type: str = "application/json", **said: str
) -> Any:
    """Answer by a signed call; without a body, by a right one."""
    fields = {"decision": "approved", "digest": DIGEST} | said
    event = _request(
        "POST",
        f"/decisions/{approval_id}",
        json.dumps(fields).encode() if body is None else body,
        {"content-type": content_type},
        {"iam": {"userArn": caller, "accountId": "111111111111"}} if caller else None,
    )
    return invoke(decide_approval.handler, event)


def start_by_call(
    caller: str | None,
    body: Any,
    key: str | None = None,
    request_id: str = "JKJaXmPLvHcESHA=",
    time_epoch: int = 1795339800000,
) -> Any:
    """Start a promotion by a signed call; bytes are sent as they are."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    event = _request(
        "POST",
        "/promotions",
        sent,
        {"content-type": "application/json"} | ({"idempotency-key": key} if key else {}),
        {"iam": {"userArn": caller, "accountId": "111111111111"}} if caller else None,
    )
    event["requestContext"] |= {"requestId": request_id, "timeEpoch": time_epoch}
    return invoke(start_promotion_by_call.handler, event)


def steer_by_call(action: str, caller: str | None, body: Any, at: str = "") -> Any:
    """Steer a canary by a signed call; bytes are sent as they are."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    iam = {"iam": {"userArn": caller, "accountId": "111111111111"}} if caller else None
    event = _request("POST", f"/canaries/{action}", sent, {"content-type": "application/json"}, iam)
    event["requestContext"] |= {"timeEpoch": int(moment(at or "2026-11-22T09:31:00Z").timestamp() * 1000)}
    return invoke(steer_canary.handler, event)


def answer_hook(callback_id: str, caller: str | None, body: Any) -> Any:
    """Answer a check by a signed call; bytes are sent as they are."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    iam = {"iam": {"userArn": caller, "accountId": "111111111111"}} if caller else None
    event = _request("POST", f"/hooks/{callback_id}", sent, {"content-type": "application/json"}, iam)
    return invoke(answer_check.handler, event)


def text_of(answer: dict[str, Any]) -> str:
    """What an answer says, without the page's markup."""
    return as_text(answer["body"])
