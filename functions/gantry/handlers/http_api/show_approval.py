"""ShowApproval: GET on an approver's link. Its role can only read, so that reading cannot decide."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from gantry.handlers import entry
from gantry.handlers.http_api.approval_responses import hidden_page, not_found_page, page
from gantry.handlers.http_api.request_facts import visit_of
from gantry.observability import logger
from gantry.promotion.approval_page import AnswerChoices, question_page, status_page
from gantry.use_cases.approvals.errors import AnswerRefusedError
from gantry.use_cases.approvals.session import new_nonce, open_by_link

app = APIGatewayHttpResolver()


@app.not_found
def no_route(_: NotFoundError) -> Response[str]:
    """Answer a link with characters that no link has and no route accepts."""
    return not_found_page()


@app.get("/approvals/<link_id>")
def show(link_id: str) -> Response[str]:
    """Show the question while it is open for this approver, and otherwise its status."""
    try:
        session, link = open_by_link(visit_of(app.current_event, link_id), entry.services())
    except AnswerRefusedError as refusal:
        return hidden_page(refusal)
    if session.closed:
        return page(status_page(session.approval, session.sections, session.closed))
    nonce = new_nonce(session, link)
    choices = AnswerChoices(session.objection, session.may_wait)
    return page(question_page(session.approval, session.sections, session.approver, nonce, choices))


entry.at_start(
    lambda services: (services.approvals, services.executions, services.ledger, services.quarantines),
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the HTTP API's response."""
    return entry.answered(app, event, context)
