"""ShowApproval: GET on an approver's link. Its role may only read, so that reading cannot decide."""

import secrets
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from gantry.aws.approvals import Approvals
from gantry.handlers.approval_desk import Desk
from gantry.handlers.approval_form import NotTakenError
from gantry.handlers.approval_http import not_found, not_shown, page
from gantry.handlers.approval_sign_in import identity_of
from gantry.handlers.observability import logger
from gantry.handlers.requests import LambdaContext
from gantry.promotion.approval_link import link_key, make_nonce
from gantry.promotion.approval_page import question, standing

app = APIGatewayHttpResolver()


@app.not_found
def no_route(_: NotFoundError) -> Response[str]:
    """A link with characters that no link has and no route takes."""
    return not_found()


@app.get("/approvals/<link_id>")
def show(link_id: str) -> Response[str]:
    """Show the question while it is open for this approver, and how it stands or has ended otherwise."""
    approvals = Approvals.from_env()
    link = approvals.link(link_key(link_id))
    if link is None:
        return not_found()
    try:
        identity_of(app.current_event, link.approver)
    except NotTakenError as refusal:
        return not_shown(refusal)
    desk = Desk(approvals, approvals.get(link.approval_id), link.approver)
    if desk.closed:
        return page(standing(desk.approval, desk.facts, desk.closed))
    nonce = make_nonce(link, desk.shown, secrets.token_hex(16))
    return page(question(desk.approval, desk.facts, link.approver, nonce, desk.objection))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the HTTP API."""
    return app.resolve(event, context)
