"""StartPromotionByCall: POST /promotions, by a caller that IAM knows. The execution checks all that needs AWS."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from gantry.handlers import entry
from gantry.handlers.http_api.approval_responses import json_response
from gantry.handlers.http_api.promotion_call import read_promotion
from gantry.observability import logger
from gantry.promotion.errors import InvalidRequestError
from gantry.use_cases.start_promotion import StartConflictError, start_promotion

app = APIGatewayHttpResolver()


@app.post("/promotions")
def start_by_call() -> Response[str]:
    """Start a promotion. The caller's ARN is recorded as the person who started it."""
    try:
        started = start_promotion(read_promotion(app.current_event), entry.services())
    except InvalidRequestError as error:
        return json_response({"error": f"{error} Nothing was started."}, HTTPStatus.BAD_REQUEST)
    except StartConflictError as error:
        text = f"Nothing was started: {error}. Use another Idempotency-Key."
        return json_response({"error": text}, HTTPStatus.CONFLICT)
    return json_response({"execution": started.execution}, HTTPStatus.ACCEPTED)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the HTTP API's response."""
    return entry.answered(app, event, context)
