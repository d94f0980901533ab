"""PreviewPromotion: GET /previews/{service+}, by a caller that IAM knows. Its role and its sessions only read."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from gantry.handlers import entry
from gantry.handlers.http_api.approval_responses import json_response
from gantry.handlers.http_api.preview_call import read_preview
from gantry.observability import logger
from gantry.promotion.errors import ArtifactNotFoundError, InvalidRequestError
from gantry.promotion.gantry_error import GantryError
from gantry.use_cases.configuration.planning import PromotionInFlightError
from gantry.use_cases.preview.preview_promotion import preview_promotion

app = APIGatewayHttpResolver()
_TO_ANSWER = 5
"""Seconds for everything but the targets."""


@app.get("/previews/.+")
def preview() -> Response[str]:
    """Return what a promotion would do; or why there is nothing that could be promoted."""
    services, seconds = entry.services().in_a_hurry().only_reading(), entry.seconds_left(app.lambda_context, _TO_ANSWER)
    try:
        found = preview_promotion(read_preview(app.current_event), seconds, services)
    except InvalidRequestError as error:
        return _refused(error, HTTPStatus.BAD_REQUEST)
    except PromotionInFlightError as error:
        return json_response({"error": f"{error}."}, HTTPStatus.CONFLICT)
    except ArtifactNotFoundError as error:
        return _refused(error, HTTPStatus.NOT_FOUND)
    except GantryError as error:  # a wrong manifest, policy file or artifact: a promotion would fail of it too
        return _refused(error, HTTPStatus.UNPROCESSABLE_ENTITY)
    return json_response(entry.payload(found))


def _refused(error: GantryError, status: HTTPStatus) -> Response[str]:
    return json_response({"error": f"{str(error).rstrip('.')}."}, status)


entry.at_start(
    lambda services: (services.in_a_hurry().only_reading().expect_targets("lambda", "cloudwatch"), services.manifests),
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the HTTP API's response."""
    return entry.answered(app, event, context)
