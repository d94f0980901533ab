"""LookForDrift: GET /drift and /drift/{service+}, by a caller that IAM knows. Its role and its sessions only read."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from gantry.handlers import entry
from gantry.handlers.http_api.approval_responses import json_response
from gantry.observability import logger
from gantry.promotion.timestamps import iso
from gantry.use_cases.drift.look_for_drift import look_for_drift

app = APIGatewayHttpResolver()
_TO_ANSWER = 5
"""Seconds for everything but the targets."""
_AT_ONCE = 20
"""Targets. Each needs three calls or so, and Lambda takes 15 a second in each account and region."""
_BEFORE_A_SERVICE = "/drift/"


@app.get("/drift")
def every_service() -> Response[str]:
    """Return how all targets stand to the ledger."""
    return _answer(None)


@app.get("/drift/.+")
def one_service() -> Response[str]:
    """Return it for one service. The API decodes the path, and a service's name may have slashes."""
    return _answer(app.current_event.path.partition(_BEFORE_A_SERVICE)[2])


def _answer(service: str | None) -> Response[str]:
    services = entry.services().in_a_hurry().only_reading()
    at = iso(datetime.fromtimestamp(app.current_event.request_context.time_epoch / 1000, UTC))
    seconds = entry.seconds_left(app.lambda_context, _TO_ANSWER)
    report = look_for_drift(at, seconds, services, service=service, at_once=_AT_ONCE)
    if service is not None and not report.services:
        error = f"Nothing of a service {service} is live, so there is nothing to compare."
        return json_response({"error": error}, HTTPStatus.NOT_FOUND)
    return json_response(entry.payload(report))


entry.at_start(
    lambda services: (services.in_a_hurry().only_reading().expect_targets("lambda"), services.manifests),
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the HTTP API's response."""
    return entry.answered(app, event, context)
