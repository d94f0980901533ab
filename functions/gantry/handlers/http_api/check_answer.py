"""A check's answer in the JSON of a signed call. Anybody whom IAM lets through may send anything."""

import json
from base64 import b64decode
from http import HTTPStatus

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from gantry.promotion.checks import CheckAnswer, CheckStatus
from gantry.promotion.visible_text import LONGEST_REASON

EXAMPLE = '{"status": "passed", "reason": "12 of 12 tests"}, with passed or failed'
MAXIMUM_BODY = 4096
"""Bytes."""
_FINAL = {each.value: each for each in (CheckStatus.PASSED, CheckStatus.FAILED)}


class InvalidAnswerError(Exception):
    """A call's body is no answer; with the HTTP status that says so."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(f"{sentence} Nothing was changed. Send JSON like {EXAMPLE}.")
        self.status = status


def read_answer(event: APIGatewayProxyEventV2) -> CheckAnswer:
    """Return the answer in a call's JSON.

    Raises:
        InvalidAnswerError: the body is no such JSON.
    """
    body = b64decode(event.body or "") if event.is_base64_encoded else (event.body or "").encode()
    if len(body) > MAXIMUM_BODY:
        raise InvalidAnswerError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The answer is longer than {MAXIMUM_BODY} bytes."
        )
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidAnswerError(HTTPStatus.BAD_REQUEST, "The body is not a JSON object.")
    status, reason = found.get("status"), found.get("reason", "no reason was given")
    if not isinstance(status, str) or status not in _FINAL:
        raise InvalidAnswerError(HTTPStatus.BAD_REQUEST, "The status has to be passed or failed.")
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
        raise InvalidAnswerError(
            HTTPStatus.BAD_REQUEST, f"The reason has to be text of {LONGEST_REASON} characters at most."
        )
    return CheckAnswer(_FINAL[status], reason.encode(errors="replace").decode())
