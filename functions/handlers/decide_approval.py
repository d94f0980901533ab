"""DecideApproval: POST on an approver's link. A decision counts once and is kept with who, when and why."""

from base64 import b64decode
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qs

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from aws.announcements import EventBus
from aws.approvals import Approvals
from aws.executions import Executions
from aws.ledger import Ledger
from handlers.approval_http import not_found, page
from handlers.observability import logger, metrics
from handlers.requests import LambdaContext
from promotion.approval import Approval, Decision, link_key
from promotion.approval_page import REASON_LENGTH, notice, outcome
from promotion.ledger import HistoryEntry
from promotion.moments import iso

MAXIMUM_BODY = 4096
"""Bytes."""

app = APIGatewayHttpResolver()


@app.post("/approvals/<link>")
def decide(link: str) -> Response[str]:
    """Take the decision if it is the first one, and show what was decided in any case."""
    event = app.current_event
    if (event.headers.get("content-type") or "").partition(";")[
        0
    ].strip().lower() != "application/x-www-form-urlencoded":
        return _refused(
            "This address takes the form of the approval page and nothing else.", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        )
    body = b64decode(event.body or "") if event.is_base64_encoded else (event.body or "").encode()
    if len(body) > MAXIMUM_BODY:
        return _refused(f"The answer is longer than {MAXIMUM_BODY} bytes.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    # What a browser sends is UTF-8; whatever else arrives must not end in an error that tells people nothing.
    form = parse_qs(body.decode(errors="replace"))
    decision, reason = form.get("decision", [""])[0], form.get("reason", [""])[0].strip()
    if decision not in {"approved", "rejected"}:
        return _refused("The decision has to be approved or rejected.", HTTPStatus.BAD_REQUEST)
    if len(reason) > REASON_LENGTH:
        return _refused(f"The reason is longer than {REASON_LENGTH} characters.", HTTPStatus.BAD_REQUEST)
    approvals = Approvals.from_env()
    found = approvals.find(link_key(link))
    if found is None:
        return not_found()
    approval, approver = found
    now = iso(datetime.now(UTC))
    if approval.status(now) == "pending":
        source_ip, user_agent = event.request_context.http.source_ip, event.headers.get("user-agent") or "none"
        approval = approvals.decide(
            approval.id, cast("Decision", decision), approver, now, reason or None, source_ip, user_agent
        )
    if approval.decision:
        _carry_out(approval, approvals)
    return page(outcome(approval, now))


def _carry_out(approval: Approval, approvals: Approvals) -> None:
    """Answer the waiting machine. Done on every POST after a decision too, in case the first one got no further."""
    answer = {
        "decision": approval.decision,
        "decided_by": approval.decided_by,
        "decided_at": approval.decided_at,
        "reason": approval.reason,
    }
    facts = {"image_digest": approval.release.image_digest, "tag": approval.release.tag, **answer}
    service, environment = approval.release.service, approval.environment
    Ledger.from_env().record(
        HistoryEntry(
            service, str(approval.decided_at), "approval_decided", approval.execution, environment, facts=facts
        )
    )
    if not Executions.from_env().succeed(approvals.task_token(approval.id), answer):
        logger.info("safely ignored: the promotion has its answer already", approval=approval.id)
        return
    metrics.add_metric("ApprovalsDecided", unit="Count", value=1)
    logger.info("approval decided", approval=approval.id, answer=answer)
    EventBus.from_env().announce(
        "Promotion Approval Decided",
        {"service": service, "environment": environment, **facts, "execution": approval.execution},
        [],
    )


def _refused(sentence: str, status: HTTPStatus) -> Response[str]:
    return page(
        notice("Not taken", f"{sentence} Nothing was changed. Open the link from the mail and try again."), status
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the HTTP API."""
    return app.resolve(event, context)
