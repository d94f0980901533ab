"""RequestApproval: asks each approver by mail, with a link of their own, unless a newer release is at the gate.

A retry asks those who were not asked yet. A crash between SES and the ledger can send one mail twice.
"""

from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.approvals import Approvals
from gantry.aws.executions import Executions
from gantry.aws.quarantines import Quarantines
from gantry.handlers.announcing import announce
from gantry.handlers.approval_outcome import conclude
from gantry.handlers.approval_requests import ask, now, requested, send, standing
from gantry.handlers.observability import logger, metrics
from gantry.handlers.requests import LambdaContext, StateRequest
from gantry.promotion.approval import Approval, approval_id
from gantry.promotion.approval_mail import superseded
from gantry.promotion.approver import has_mail
from gantry.promotion.difference import settings
from gantry.promotion.environment_gate import EnvironmentGate, keeps_older_out
from gantry.promotion.errors import MailError, QuorumUnreachableError
from gantry.promotion.manifest.content import Environment
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.timestamps import iso


class ApprovalRequest(StateRequest):
    """The state's payload."""

    release: Release
    origin: PromotionOrigin
    environment: Environment
    firing: tuple[str, ...]
    started_at: datetime

    def approval(self) -> Approval:
        """What is asked.

        Raises:
            QuorumUnreachableError: it could never be approved.
        """
        policy = self.environment.approval
        if policy is None:
            raise QuorumUnreachableError(f"the manifest names nobody to ask about {self.environment.name}")
        approval = Approval(
            id=approval_id(self.execution, self.environment.name),
            environment=self.environment.name,
            release=self.release,
            origin=self.origin,
            policy=policy,
            targets=self.environment.targets,
            settings=settings(self.environment.configuration),
            alarms=self.environment.alarms,
            firing=self.firing,
            execution=self.execution,
            started_at=iso(self.started_at),
            requested_at=self.at,
            expires_at=iso(self.entered_at + timedelta(seconds=policy.expires_after_seconds)),
        )
        if not approval.can_be_approved:
            message = (
                f"{approval.environment} needs {policy.quorum} approvals, but who pushed {self.release} or started its "
                f"promotion ({self.origin}) cannot approve it, and the others are not enough. Add approvers to the "
                "manifest, or set self_approval: true there, then start the promotion again"
            )
            raise QuorumUnreachableError(message)
        return approval


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the approval's `key`, and its outcome as `decision` or the `seconds` to wait for it.

    Raises:
        QuorumUnreachableError: too few people may approve this release.
    """
    request = ApprovalRequest.model_validate(event)
    approvals = Approvals.from_env()
    approval = approvals.open(request.approval())
    if not approval.outcome and (newer := _come_to_gate(approval, approvals)):
        moment = now()
        approval, _ = approvals.change(approval.id, lambda each: each.ended("superseded", moment, newer))
    if not approval.outcome:
        approval = ask(approval, approvals)
    if approval.outcome:
        conclude(approval, approvals)
    else:
        logger.info("approval requested", approval=approval.id, asked=approval.asked, expires_at=approval.expires_at)
        announce("Promotion Approval Requested", requested(approval))
    return standing(approval)


def _come_to_gate(approval: Approval, approvals: Approvals) -> str | None:
    """Take the place of another release at the gate; its name instead when it is newer and keeps this one out."""
    service, environment = approval.release.service, approval.environment
    mine = EnvironmentGate.of(approval)
    while True:
        seen = approvals.gate(service, environment)
        if seen and seen.is_newer_than(mine):
            if _keeps_out(approvals.get(seen.approval_id)):
                return seen.release
        elif seen and seen.approval_id != mine.approval_id:
            _supersede(seen.approval_id, mine.release, approvals)
        if approvals.come_to_gate(service, environment, mine, seen):
            return None


def _keeps_out(newer: Approval) -> bool:
    quarantine = Quarantines.from_env().get(newer.release.service, newer.release.image_digest)
    is_running = Executions.from_env().is_running(newer.execution)
    return keeps_older_out(newer, now(), is_running=is_running, is_quarantined=quarantine is not None)


def _supersede(older: str, release: str, approvals: Approvals) -> None:
    """End an older one's question. Whoever has told the machine first, a retry tells the people who were not told."""
    moment = now()
    approval, _ = approvals.change(older, lambda each: each.ended("superseded", moment, release))
    if approval.outcome != "superseded":
        return
    conclude(approval, approvals)
    if approval.is_supersession_notified:
        return
    message = superseded(approval)
    for person in filter(has_mail, approval.asked):
        try:
            send(person, message, approval, "notice")
        except (MailError, BotoCoreError, ClientError):
            logger.exception("not told that an approval was superseded", approval=approval.id)
    approvals.change(approval.id, Approval.supersession_notified)
