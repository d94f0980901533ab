"""Ask each approver by mail, with a link of their own, unless a newer release is at the gate."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gantry.observability import logger
from gantry.promotion.approval import Approval
from gantry.promotion.approval_quorum import why_unreachable
from gantry.promotion.approval_rounds import approval_id
from gantry.promotion.content_changes import ContentComparison
from gantry.promotion.deployment import StateEntry
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.errors import QuorumUnreachableError
from gantry.promotion.events import approval_requested
from gantry.promotion.interrupted_approval import as_it_is
from gantry.promotion.manifest.content import Environment
from gantry.promotion.needs.finding import as_met
from gantry.promotion.preview.rules import CHECKED_BEFORE_ASKING, SENTENCES
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.timestamps import iso
from gantry.use_cases.approvals.approval_state import ApprovalState, state_of
from gantry.use_cases.approvals.asking_again import open_round
from gantry.use_cases.approvals.clock import now
from gantry.use_cases.approvals.concluding import conclude
from gantry.use_cases.approvals.contents import compared_contents
from gantry.use_cases.approvals.gate import take_gate
from gantry.use_cases.approvals.mailing import ask
from gantry.use_cases.gate_facts import masked_settings
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.service_manifest import carriage
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class ApprovalRequest(StateEntry):
    """A release in front of an environment that people have to approve."""

    release: Release
    origin: PromotionOrigin
    environment: Environment
    firing: tuple[str, ...]
    """The alarms that are firing already."""
    drafts: tuple[MaskedSettings, ...]
    """What the release takes from each target, in their order."""
    forecast: str | None
    """How long a verdict on the canary will take; None where nothing is judged."""
    ends: str | None = field(default=None, kw_only=True)
    """How long the environment will take once it is approved; None from a machine of before that was said."""
    started_at: datetime
    """When the promotion's execution was started."""


@dataclass(frozen=True, slots=True)
class RequestedApproval(ApprovalState):
    """An approval that has been requested, now or by an earlier try."""

    drafts: tuple[MaskedSettings, ...]
    """What the approvers see that the release takes from each target, in the targets' order."""


def request_approval(request: ApprovalRequest, services: Services) -> RequestedApproval:
    """Return the approval's outcome, or for how long to wait for it. An approval that does not hold is asked for again.

    A retry asks those who were not asked yet. A crash between SES and the ledger can send one mail twice.

    Raises:
        QuorumUnreachableError: too few people may approve this release.
    """
    approval = open_round(_new_approval(request, services), services)
    if approval.outcome == "stopped":
        at = now()
        approval, _ = services.approvals.change(approval.id, lambda each: as_it_is(each, at), approval)
    if not approval.outcome and (newer := take_gate(approval, services)):
        at = now()
        approval, _ = services.approvals.change(approval.id, lambda each: each.ended("superseded", at, newer), approval)
    if not approval.outcome:
        approval = ask(approval, services)
    if approval.outcome:
        conclude(approval, services)
    else:
        logger.info("approval requested", approval=approval.id, asked=approval.asked, expires_at=approval.expires_at)
        publish_best_effort(services, approval_requested(approval))
    state = state_of(approval)
    drafts = approval.drafts or tuple(dict[str, str]() for _ in approval.targets)
    return RequestedApproval(state.key, state.decision, state.seconds, drafts)


def _new_approval(request: ApprovalRequest, services: Services) -> Approval:
    policy = request.environment.approval
    if policy is None:
        raise QuorumUnreachableError(f"the manifest names no approvers for {request.environment.name}")
    settings = masked_settings(request.environment, services.masking)
    approval = Approval(
        id=approval_id(request.execution, request.environment.name),
        environment=request.environment.name,
        release=request.release,
        origin=request.origin,
        policy=policy,
        targets=request.environment.targets,
        settings=next(iter(settings.values())) if len(settings) == 1 else {},
        settings_of_kinds=settings if len(settings) > 1 else {},
        alarms=request.environment.alarms,
        firing=request.firing,
        carried=carriage(request.environment),
        drafts=request.drafts,
        forecast=request.forecast,
        ends=request.ends,
        rules=(*(SENTENCES[each] for each in CHECKED_BEFORE_ASKING), *map(as_met, request.environment.needs)),
        execution=request.execution,
        started_at=iso(request.started_at),
        requested_at=request.at,
        expires_at=iso(request.entered_at + timedelta(seconds=policy.expires_after_seconds)),
    )
    if not approval.can_be_approved:
        why = why_unreachable(approval.environment, policy, approval.release, approval.origin)
        raise QuorumUnreachableError(why)
    return replace(approval, contents=_contents(approval, services))


def _contents(approval: Approval, services: Services) -> tuple[ContentComparison, ...]:
    return compared_contents(approval.release, approval.environment, approval.targets, services)
