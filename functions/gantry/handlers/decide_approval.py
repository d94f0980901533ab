"""DecideApproval: POST, by an approver's link or by a caller whom IAM knows. Each approver's answer counts once."""

import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from gantry.aws.approvals import Approvals
from gantry.handlers.approval_desk import CountedError, Desk, NotToldError
from gantry.handlers.approval_form import CALL, Given, NotTakenError, read_call, read_form
from gantry.handlers.approval_http import counted, not_found, not_taken, not_told, page
from gantry.handlers.approval_sign_in import identity_of
from gantry.handlers.observability import logger, metrics
from gantry.handlers.requests import LambdaContext
from gantry.promotion.approval import Approval
from gantry.promotion.approval_link import link_key, nonce_hash
from gantry.promotion.approval_page import standing
from gantry.promotion.approver import named_by

app = APIGatewayHttpResolver()
_NO_APPROVAL = (HTTPStatus.NOT_FOUND, "There is no such approval.", "Take its id from the event that announced it.")


@app.not_found
def no_route(_: NotFoundError) -> Response[str]:
    """A link or an id with characters that none has and no route takes."""
    is_call = app.current_event.path.startswith("/decisions/")
    return _refused_call(NotTakenError(*_NO_APPROVAL)) if is_call else not_found()


@app.post("/approvals/<link_id>")
def decide_by_link(link_id: str) -> Response[str]:
    """Take the form of the approval page, and show how things stand afterwards."""
    try:
        given = read_form(app.current_event)
        approvals = Approvals.from_env()
        link = approvals.link(link_key(link_id))
        if link is None:
            return not_found()
        identity = identity_of(app.current_event, link.approver)
        desk = Desk(approvals, approvals.get(link.approval_id), link.approver)
        desk.check_nonce(link, given.nonce)
        desk.take(given, identity, app.current_event.request_context.http, nonce_hash(given.nonce))
    except NotTakenError as refusal:
        return not_taken(refusal)
    except CountedError as error:
        return counted(error)
    except NotToldError as error:
        return not_told(error)
    return page(standing(desk.approval, desk.facts, str(desk.closed)))


@app.post("/decisions/<approval_id>")
def decide_by_call(approval_id: str) -> Response[str]:
    """Take the answer of a caller whom IAM has let in, such as a chat bot; the API checks the signature before."""
    approvals, caller = Approvals.from_env(), _caller()
    try:
        given = read_call(app.current_event)
        approval = _approval(approval_id, approvals)
        desk = Desk(approvals, approval, _approver(caller, approval))
        _insist_on_digest(given, approval)
        desk.take(given, caller, app.current_event.request_context.http)
    except NotTakenError as refusal:
        return _refused_call(refusal)
    except NotToldError as error:
        return _json({"error": f"{error} Send the same once more."}, HTTPStatus.SERVICE_UNAVAILABLE)
    return _json({"approval": approval_id, "decision": desk.approval.outcome, "told": desk.closed}, HTTPStatus.OK)


def _caller() -> str:
    return app.current_event.request_context.authorizer.iam.user_arn or "nobody"


def _approval(approval_id: str, approvals: Approvals) -> Approval:
    try:
        return approvals.get(approval_id)
    except LookupError as error:
        raise NotTakenError(*_NO_APPROVAL) from error


def _approver(caller: str, approval: Approval) -> str:
    approver = named_by(caller, approval.approvers)
    if approver is None:
        message = f"The manifest does not name {caller} among the approvers."
        raise NotTakenError(HTTPStatus.FORBIDDEN, message, "Add the ARN of the role or user to approvers there.")
    return approver


def _insist_on_digest(given: Given, approval: Approval) -> None:
    """Without a page, the call has to say what was looked at."""
    if given.image_digest != approval.release.image_digest:
        message = f"This approval is about {approval.release.image_digest}."
        raise NotTakenError(HTTPStatus.CONFLICT, message, "Look at that image, and send its digest as image_digest.")


def _refused_call(refusal: NotTakenError) -> Response[str]:
    to_do = refusal.to_do or f"Send JSON like {CALL}."
    return _json({"error": f"{refusal} Nothing was changed. {to_do}"}, refusal.status)


def _json(told: dict[str, Any], status: HTTPStatus) -> Response[str]:
    return Response(
        status_code=status,
        content_type="application/json",
        body=json.dumps(told),
        headers={"Cache-Control": "no-store"},
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the HTTP API."""
    return app.resolve(event, context)
