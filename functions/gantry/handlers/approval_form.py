"""What an approver sends, the page's form or a call's JSON: read with care, because anybody may send anything."""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qs

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from gantry.promotion.approval import Decision
from gantry.promotion.approval_page import REASON_LENGTH

MAXIMUM_BODY = 4096
"""Bytes."""

_SHORTER = "Send it again with a shorter reason. Letters outside the Latin script take more room than others."

CALL = '{"decision": "approved", "image_digest": "sha256:…", "reason": "…", "environment": "…"}'


class NotTakenError(Exception):
    """An answer that changes nothing: what the person is told, and the status.

    Without a word on what to do, it is to do the same thing right.
    """

    def __init__(self, status: HTTPStatus, sentence: str, to_do: str | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.to_do = to_do


@dataclass(frozen=True, slots=True)
class Given:
    """What was filled in; empty where nothing was."""

    decision: Decision
    reason: str | None
    environment: str
    """What was typed to confirm."""
    nonce: str
    image_digest: str
    """What a call says that it is about."""


def read_form(event: APIGatewayProxyEventV2) -> Given:
    """The form in a POST.

    Raises:
        NotTakenError: it is not what the page's form sends.
    """
    body = _body(event, "application/x-www-form-urlencoded", "This address takes the approval page's form, no more.")
    # What a browser sends is UTF-8; whatever else arrives must not end in an error that tells people nothing.
    fields = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
    if not fields.get("nonce"):
        raise NotTakenError(HTTPStatus.BAD_REQUEST, "The answer does not come from the approval page.")
    return _given(fields)


def read_call(event: APIGatewayProxyEventV2) -> Given:
    """The JSON in a call.

    Raises:
        NotTakenError: it is not what such a call sends.
    """
    body = _body(event, "application/json", "This address takes JSON.")
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise NotTakenError(HTTPStatus.BAD_REQUEST, "The body is not a JSON object of texts.")
    return _given(fields)


def _body(event: APIGatewayProxyEventV2, content_type: str, otherwise: str) -> bytes:
    given = (event.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if given != content_type:
        raise NotTakenError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, otherwise)
    body = b64decode(event.body or "") if event.is_base64_encoded else (event.body or "").encode()
    if len(body) > MAXIMUM_BODY:
        message = f"The answer is longer than {MAXIMUM_BODY} bytes."
        raise NotTakenError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message, _SHORTER)
    return body


def _given(fields: Mapping[str, str]) -> Given:
    decision, reason = fields.get("decision"), _text(fields.get("reason", ""))
    if decision not in {"approved", "rejected"}:
        raise NotTakenError(HTTPStatus.BAD_REQUEST, "The decision has to be approved or rejected.")
    if len(reason) > REASON_LENGTH:
        raise NotTakenError(HTTPStatus.BAD_REQUEST, f"The reason is longer than {REASON_LENGTH} characters.")
    return Given(
        decision=cast("Decision", decision),
        reason=reason or None,
        environment=fields.get("environment", "").strip(),
        nonce=fields.get("nonce", ""),
        image_digest=fields.get("image_digest", ""),
    )


def _text(value: str) -> str:
    """What can be kept of a text.

    A browser counts one character for a new line and sends two: https://html.spec.whatwg.org/#attr-fe-maxlength.
    Halves of a character, which JSON can spell, are not text.
    """
    return value.encode(errors="replace").decode().replace("\r\n", "\n").strip()
