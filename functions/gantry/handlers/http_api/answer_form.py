"""An approver's answer in an HTTP request, as the page's form or as a call's JSON. Anybody may send anything."""

import json
from base64 import b64decode
from collections.abc import Mapping
from http import HTTPStatus
from typing import get_args
from urllib.parse import parse_qs

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from gantry.handlers.input_problems import type_name
from gantry.promotion.approval_answer import Decision
from gantry.promotion.manifest.messages import shortened
from gantry.promotion.visible_text import LONGEST_REASON
from gantry.use_cases.approvals.answering import AnswerForm
from gantry.use_cases.approvals.errors import AnswerRefusedError

MAXIMUM_BODY = 4096
"""Bytes."""

_DECISIONS: Mapping[str, Decision] = {each: each for each in get_args(Decision)}
_SHORTER = "Send it again with a shorter reason. Letters outside the Latin script take more room than others."


class InvalidBodyError(AnswerRefusedError):
    """A request's body is no answer; with the HTTP status that says so."""

    def __init__(self, status: HTTPStatus, sentence: str, advice: str | None = None) -> None:
        super().__init__(sentence, advice)
        self.status = status


def read_form(event: APIGatewayProxyEventV2) -> AnswerForm:
    """Return the form in a POST.

    Raises:
        InvalidBodyError: the page's form does not send this.
    """
    body = _body(event, "application/x-www-form-urlencoded", "This address only accepts the approval page's form.")
    # A browser sends UTF-8. Anything else must not end in an error that helps nobody.
    fields = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
    if not fields.get("nonce"):
        raise InvalidBodyError(HTTPStatus.BAD_REQUEST, "The answer does not come from the approval page.")
    return _answer(fields)


def read_call(event: APIGatewayProxyEventV2) -> AnswerForm:
    """Return the answer in a call's JSON.

    Raises:
        InvalidBodyError: the body is no such JSON.
    """
    body = _body(event, "application/json", "This address only accepts JSON.")
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise InvalidBodyError(HTTPStatus.BAD_REQUEST, "The body is not a JSON object of strings.")
    for name, value in fields.items():
        if not isinstance(value, str):
            wrong = f"{shortened(name)} is {type_name(value)}"
            raise InvalidBodyError(HTTPStatus.BAD_REQUEST, f"The body is not a JSON object of strings: {wrong}.")
    return _answer(fields)


def _body(event: APIGatewayProxyEventV2, content_type: str, otherwise: str) -> bytes:
    actual = (event.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if actual != content_type:
        raise InvalidBodyError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, otherwise)
    body = b64decode(event.body or "") if event.is_base64_encoded else (event.body or "").encode()
    if len(body) > MAXIMUM_BODY:
        message = f"The answer is longer than {MAXIMUM_BODY} bytes."
        raise InvalidBodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message, _SHORTER)
    return body


def _answer(fields: Mapping[str, str]) -> AnswerForm:
    decision, reason = _DECISIONS.get(fields.get("decision", "")), _text(fields.get("reason", ""))
    if decision is None:
        raise InvalidBodyError(
            HTTPStatus.BAD_REQUEST, "The decision has to be approved or rejected; about a canary, also keep_waiting."
        )
    if len(reason) > LONGEST_REASON:
        raise InvalidBodyError(HTTPStatus.BAD_REQUEST, f"The reason is longer than {LONGEST_REASON} characters.")
    return AnswerForm(
        decision=decision,
        reason=reason or None,
        environment=fields.get("environment", "").strip(),
        nonce=fields.get("nonce", ""),
        digest=fields.get("digest", ""),
    )


def _text(value: str) -> str:
    """Return the part of a text that can be kept.

    A browser counts one character for a new line and sends two: https://html.spec.whatwg.org/#attr-fe-maxlength.
    Halves of a character, which JSON can spell, are not text.
    """
    return value.encode(errors="replace").decode().replace("\r\n", "\n").strip()
