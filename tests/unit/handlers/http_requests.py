"""What the HTTP API invokes the functions behind the approval links with (payload format 2.0)."""

from base64 import b64encode
from html import unescape
from typing import Any
from urllib.parse import urlencode

from aws.approvals import Approvals
from promotion.approval import Approval, approval_id, link_key
from tests.unit.handlers.payloads import PROMOTION, RELEASE

FORM = "application/x-www-form-urlencoded"
TOKEN = "AQCEAAAAKgAAAAMAAAAA"
LINK, OTHER_LINK = "a-link-that-nobody-guesses", "the-other-approvers-link"
OPS, LEAD = "ops@example.com", "lead@example.com"
LONG_AGO, FAR_AWAY = "2020-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"


def request(method: str, link: str = LINK, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    path = f"/approvals/{link}"
    return {
        "version": "2.0",
        "routeKey": f"{method} /approvals/{{link}}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "approvals.example.com", "user-agent": "Mozilla/5.0"} | (headers or {}),
        "pathParameters": {"link": link},
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
            "routeKey": f"{method} /approvals/{{link}}",
            "stage": "$default",
            "time": "22/Nov/2026:09:30:00 +0000",
            "timeEpoch": 1795339800000,
        },
        "isBase64Encoded": body is not None,
    } | ({"body": b64encode(body).decode()} if body is not None else {})


def posted(fields: dict[str, str], link: str = LINK) -> Any:
    """What the form on the page sends."""
    return request("POST", link, urlencode(fields).encode(), {"content-type": FORM})


def ask(expires_at: str = FAR_AWAY, execution: str = PROMOTION) -> Approval:
    """Two people are asked, each by a link of their own."""
    approval = Approval(
        id=approval_id(execution, "prod"),
        environment="prod",
        release=RELEASE,
        live="version 7 (tag7)",
        approvers=(OPS, LEAD),
        execution=execution,
        requested_at=LONG_AGO,
        expires_at=expires_at,
    )
    Approvals.from_env().open(approval, TOKEN, {link_key(LINK): OPS, link_key(OTHER_LINK): LEAD})
    return approval


def text_of(answer: dict[str, Any]) -> str:
    return unescape(answer["body"])
