"""What a caller wants promoted, in the JSON of a signed call."""

from datetime import UTC, datetime

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from gantry.handlers.entry import from_person
from gantry.handlers.http_api.json_body import json_object
from gantry.handlers.http_api.request_facts import caller_of
from gantry.handlers.promotion_input import PromotionWish
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.promotion_start import PromotionStart, call_name
from gantry.promotion.timestamps import iso

EXAMPLE = (
    '{"repository": "cowsay", "tag": "4f0c2d1", "environments": ["prod"]} or '
    '{"artifact": {"bucket": "acme-artifacts", "key": "glue/etl.py"}, "version_id": "3HL4kqtJlcpXroDTDmJ"} or '
    '{"repository": "cowsay", "configuration_only": true}'
)
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
    given = json_object(event, EXAMPLE)
    if "started_by" in given:
        raise InvalidRequestError("Leave started_by out: the call's signature says who starts it.")
    wish = from_person(PromotionWish, given, EXAMPLE)
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
        configuration_only=wish.configuration_only,
    )
