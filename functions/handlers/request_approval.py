"""RequestApproval: asks each approver with a link of their own. The task token stays in the ledger."""

import secrets
from datetime import timedelta
from typing import Any

from aws.announcements import EventBus
from aws.approvals import Approvals
from aws.mail import Mail
from handlers.observability import logger
from handlers.requests import LambdaContext, StateRequest
from handlers.settings import approval_base_url
from promotion.approval import Approval, approval_id, link_key
from promotion.approval_mail import compose
from promotion.manifest.content import ApprovalPolicy
from promotion.moments import iso
from promotion.release import Release


class ApprovalRequest(StateRequest):
    """The state's payload."""

    task_token: str
    release: Release
    environment: str
    approval: ApprovalPolicy
    live: str | None


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Open the approval and send the mails. The machine goes on when DecideApproval answers the token.

    Raises:
        MailError: a mail was refused, so that somebody who should be asked is not.
    """
    request = ApprovalRequest.model_validate(event)
    approval = Approval(
        id=approval_id(request.execution, request.environment),
        environment=request.environment,
        release=request.release,
        live=request.live,
        approvers=request.approval.approvers,
        execution=request.execution,
        requested_at=request.at,
        expires_at=iso(request.entered_at + timedelta(seconds=request.approval.expires_after_seconds)),
    )
    links = {approver: secrets.token_urlsafe(32) for approver in approval.approvers}
    Approvals.from_env().open(
        approval, request.task_token, {link_key(link): approver for approver, link in links.items()}
    )
    mail = Mail.from_env()
    for approver, link in links.items():
        message = compose(approval, f"{approval_base_url()}/approvals/{link}")
        mail.send(approver, message.subject, message.text, message.html)
    logger.info(
        "approval requested", environment=approval.environment, approvers=len(links), expires_at=approval.expires_at
    )
    EventBus.from_env().announce(
        "Promotion Approval Requested",
        {
            "service": request.release.service,
            "environment": approval.environment,
            "image_digest": request.release.image_digest,
            "tag": request.release.tag,
            "approvers": list(approval.approvers),
            "expires_at": approval.expires_at,
            "execution": request.execution,
        },
        [],
    )
    return {}
