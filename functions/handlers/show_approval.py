"""ShowApproval: GET on an approver's link. Its role may only read, so that reading cannot decide."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from aws.approvals import Approvals
from handlers.approval_http import not_found, page
from handlers.observability import logger
from handlers.requests import LambdaContext
from promotion.approval import link_key
from promotion.approval_page import outcome, question
from promotion.moments import iso

app = APIGatewayHttpResolver()


@app.get("/approvals/<link>")
def show(link: str) -> Response[str]:
    """Show the question while it is open, and what became of it afterwards."""
    found = Approvals.from_env().find(link_key(link))
    if found is None:
        return not_found()
    approval, approver = found
    now = iso(datetime.now(UTC))
    return page(question(approval, approver) if approval.status(now) == "pending" else outcome(approval, now))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the HTTP API."""
    return app.resolve(event, context)
