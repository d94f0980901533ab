"""ShowStatus: GET /status for people who are signed in, GET /iam/status for callers that IAM knows. It only reads."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from gantry.handlers import entry
from gantry.handlers.http_api.approval_responses import HTTPS_ONLY
from gantry.observability import logger
from gantry.promotion.status_page.headers import CONTENT_TYPE, headers_for
from gantry.promotion.status_page.view import StatusView
from gantry.use_cases.operator.status_pages import StatusPage, show_board, show_service

app = APIGatewayHttpResolver()
_BEFORE_A_SERVICE = "/status/"


@app.get("/status", compress=True)
@app.get("/iam/status", compress=True)
def board() -> Response[str]:
    """Show the board. A client that takes gzip gets a twentieth of the bytes."""
    view = _view()
    return _response(show_board(view, entry.services()), view)


@app.get("/status/.+", compress=True)
@app.get("/iam/status/.+", compress=True)
def service() -> Response[str]:
    """Show one service. The API decodes the path, and a service's name may have slashes."""
    view, name = _view(), app.current_event.path.partition(_BEFORE_A_SERVICE)[2]
    return _response(show_service(name, view, entry.services()), view)


def _view() -> StatusView:
    return StatusView.of(app.current_event.query_string_parameters)


def _response(page: StatusPage, view: StatusView) -> Response[str]:
    status = HTTPStatus.OK if page.is_found else HTTPStatus.NOT_FOUND
    return Response(status, CONTENT_TYPE, page.html, HTTPS_ONLY | headers_for(view))


entry.at_start(lambda services: (services.board_reading, services.running_promotions))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the HTTP API's response."""
    return entry.answered(app, event, context)
