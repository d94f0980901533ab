"""What a caller wants promoted, in the JSON of a signed call."""

import json
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from gantry.handlers.entry import from_person
from gantry.handlers.http_api.request_facts import caller_of
from gantry.handlers.promotion_input import PromotionWish
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.promotion_start import PromotionStart, call_name
from gantry.promotion.timestamps import iso

EXAMPLE = (
    '{"repository": "cowsay", "tag": "4f0c2d1", "environments": ["prod"]} or '
    '{"artifact": {"bucket": "acme-artifacts", "key": "glue/etl.py"}, "version_id": "3HL4kqtJlcpXroDTDmJ"}'
)
MAXIMUM_BODY = 16_384
"""Bytes."""
_KEY = "idempotency-key"
_LONGEST_KEY = 255


def read_promotion(event: APIGatewayProxyEventV2) -> PromotionStart:
    """Return the promotion that a caller wants, whose signature the HTTP API has checked.

    A caller who sends the same `Idempotency-Key` again means the same promotion.

    Raises:
        InvalidRequestError: the call cannot be used; with everything that is wrong.
    """
    caller, request = caller_of(event), event.request_context
    key = event.headers.get(_KEY) or request.request_id
    if not caller.startswith("arn:"):
        raise InvalidRequestError("The call is not signed, so nobody knows who starts the promotion.")
    if len(key) > _LONGEST_KEY:
        raise InvalidRequestError(f"The Idempotency-Key is longer than {_LONGEST_KEY} characters.")
    wish = from_person(PromotionWish, _json(event), EXAMPLE)
    return PromotionStart(
        execution_name=call_name(caller, key),
        at=iso(datetime.fromtimestamp(request.time_epoch / 1000, UTC)),
        service=wish.service,
        tag=wish.tag,
        digest=wish.digest,
        environments=wish.environments,
        release_from_quarantine=wish.release_from_quarantine,
        called_by=caller,
        artifact=wish.artifact_kind,
        version_id=wish.version_id,
    )


def _json(event: APIGatewayProxyEventV2) -> dict[str, Any]:
    body = b64decode(event.body or "") if event.is_base64_encoded else (event.body or "").encode()
    if len(body) > MAXIMUM_BODY:
        raise InvalidRequestError(f"The body is longer than {MAXIMUM_BODY} bytes.")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidRequestError(f"The body is not a JSON object. A correct one looks like {EXAMPLE}")
    if "started_by" in found:
        raise InvalidRequestError("Leave started_by out: the call's signature says who starts it.")
    return found
