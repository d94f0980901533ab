"""DecideApproval: POST, on an approver's link or by a caller that IAM knows. Each approver's answer counts once."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from gantry.handlers import entry
from gantry.handlers.http_api.answer_form import read_call, read_form
from gantry.handlers.http_api.approval_responses import (
    json_response,
    not_found_page,
    page,
    refused_answer_page,
    refused_call,
    repeated_answer_page,
    undelivered_outcome,
    undelivered_outcome_page,
)
from gantry.handlers.http_api.request_facts import caller_of, sender_of, visit_of
from gantry.observability import logger, metrics
from gantry.promotion.approval_page import status_page
from gantry.use_cases.approvals.answering import answer_by_call, answer_by_link
from gantry.use_cases.approvals.errors import (
    AnswerRefusedError,
    AnswerRepeatedError,
    ApprovalNotFoundError,
    OutcomeUndeliveredError,
)

app = APIGatewayHttpResolver()


@app.not_found
def no_route(_: NotFoundError) -> Response[str]:
    """Answer a link or an id with characters that none has and no route accepts."""
    if app.current_event.path.startswith("/decisions/"):
        return refused_call(ApprovalNotFoundError())
    return not_found_page()


@app.post("/approvals/<link_id>")
def decide_by_link(link_id: str) -> Response[str]:
    """Accept the form of the approval page, and show the status afterwards."""
    event = app.current_event
    try:
        form = read_form(event)
        session = answer_by_link(visit_of(event, link_id), form, sender_of(event), entry.services())
    except AnswerRefusedError as refusal:
        return refused_answer_page(refusal)
    except AnswerRepeatedError as error:
        return repeated_answer_page(error)
    except OutcomeUndeliveredError as error:
        return undelivered_outcome_page(error)
    return page(status_page(session.approval, session.sections, str(session.closed)))


@app.post("/decisions/<approval_id>")
def decide_by_call(approval_id: str) -> Response[str]:
    """Accept the answer of a caller such as a chat bot. The API has checked the signature."""
    event = app.current_event
    try:
        form = read_call(event)
        session = answer_by_call(approval_id, caller_of(event), form, sender_of(event), entry.services())
    except AnswerRefusedError as refusal:
        return refused_call(refusal)
    except OutcomeUndeliveredError as error:
        return undelivered_outcome(error)
    return json_response({"approval": approval_id, "decision": session.approval.outcome, "explanation": session.closed})


entry.at_start(
    lambda services: (services.approvals, services.executions, services.ledger, services.quarantines),
)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the HTTP API's response."""
    return entry.answered(app, event, context)
