"""The events that Gantry puts onto its bus: one builder each, so that the same event always has the same keys."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from gantry.promotion.approval import Approval
from gantry.promotion.approval_outcome import OutcomeFacts
from gantry.promotion.canary_facts import in_short
from gantry.promotion.deployment import DeploymentState, PreparationOutcome, StableRevision
from gantry.promotion.difference import Change
from gantry.promotion.failure import Failure
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.release_facts import release_facts
from gantry.promotion.target import Target
from gantry.promotion.traffic import Rollout, TrafficState


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the pipeline."""

    detail_type: str
    detail: Mapping[str, Any]
    resources: tuple[str, ...] = ()
    """The ARN of the target, where one deployment is meant."""


class DeploymentEnd(StrEnum):
    """How a deployment ended that did not complete; the end of its event's name."""

    ROLLED_BACK = "Rolled Back"
    SUPERSEDED = "Superseded"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class StartedPromotion:
    """A promotion that has started."""

    origin: PromotionOrigin
    environments: tuple[str, ...]
    """Their names, in order."""
    policy_revision: str | None
    """The policy file that it was checked against; None where there is none."""
    why_released: str | None
    """Why its digest was released from quarantine; None when it was not."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """By environment, why its configuration stays; empty where the artifact is promoted."""


def promotion_started(release: Release, started: StartedPromotion, execution: str) -> Event:
    """Build the event of a promotion that has started."""
    revisions = {"manifest_revision": release.manifest_revision, "policy_revision": started.policy_revision}
    detail = release_facts(release) | asdict(started.origin) | revisions
    detail["environments"] = list(started.environments)
    if started.why_released:
        detail["released_from_quarantine"] = started.why_released
    if started.left_out:
        detail["left_out"] = dict(started.left_out)
    return Event("Promotion Started", detail | {"execution": execution})


def promotion_ignored(service: str, pushed: Mapping[str, str | None], reason: str, execution: str) -> Event:
    """Build the event of a push that is not promoted: `digest` and `tag` of an image, or an object's `version_id`."""
    return Event("Promotion Ignored", {"service": service, **pushed, "reason": reason, "execution": execution})


def promotion_ended(service: str, release: Release | None, failure: Failure | None, execution: str) -> Event:
    """Build the event of a promotion that has completed or failed. A failed promotion may have no release."""
    subject = release_facts(release) if release else {"service": service, "digest": None, "tag": None, "source": None}
    detail = subject | {
        "error": failure.error if failure else None,
        "reason": failure.message if failure else None,
        "execution": execution,
    }
    return Event(f"Promotion {'Failed' if failure else 'Completed'}", detail)


def safeguards_weakened(release: Release, sentences: Sequence[str], execution: str) -> Event:
    """Build the event of a release whose manifest protects an environment less than before."""
    facts = {"manifest_revision": release.manifest_revision, "weakened": list(sentences), "execution": execution}
    return Event("Promotion Safeguards Weakened", release_facts(release) | facts)


def deployment_started(state: DeploymentState) -> Event:
    """Build the event of a deployment that has the lease and may go there."""
    return _of_deployment("Promotion Deployment Started", state, {})


def draft_ignored(state: DeploymentState, changes: Sequence[Change]) -> Event:
    """Build the event of a target whose draft has other settings than its stable revision."""
    return _of_deployment("Promotion Draft Ignored", state, {"differences": [asdict(each) for each in changes]})


def traffic_shifted(state: DeploymentState, rollout: Rollout, index: int) -> Event:
    """Build the event of a canary that got the weight of step `index`."""
    facts = {
        "stable": rollout.stable,
        "canary": rollout.canary,
        "weight": rollout.weight_at(index),
        "step": index + 1,
        "steps": len(rollout.plan),
    }
    return _of_deployment("Promotion Traffic Shifted", state, facts)


@dataclass(frozen=True, slots=True)
class CompletedDeployment:
    """What a deployment that completed has come to."""

    revision: str
    outcome: PreparationOutcome
    before: StableRevision | None
    """What the target was found on; None on a first deployment."""
    manifest_revision: str
    promotion: str | None
    """The ARN of the promotion's execution."""


def deployment_completed(
    state: DeploymentState, completed: CompletedDeployment, verdict: Mapping[str, Any] | None = None
) -> Event:
    """Build the event of a release that is live on a target, with the last verdict on its canary if there was one."""
    return _of_deployment("Promotion Deployment Completed", state, asdict(completed) | {"verdict": verdict})


@dataclass(frozen=True, slots=True)
class EndedDeployment:
    """A deployment that did not complete, or a release that was rolled back after it had."""

    service: str
    environment: str
    target: Target
    digest: str | None
    tag: str | None
    revision: str | None
    """What has all traffic now; None when that is not known."""
    traffic: TrafficState
    error: str
    reason: str
    execution: str
    source: Mapping[str, Any] | None = None
    """Where the digest comes from, as `source_facts` says it; None when that is not known."""


def deployment_ended(how: DeploymentEnd, ended: EndedDeployment) -> Event:
    """Build the event of a deployment that did not complete, whoever found that out."""
    detail = asdict(ended) | {"target": ended.target.id}
    return Event(f"Promotion Deployment {how}", detail, (ended.target.arn,))


def approval_requested(approval: Approval) -> Event:
    """Build the event of a question to people. With its id, callers that IAM knows can answer it."""
    return _of_approval(
        "Canary Question Asked" if approval.canary else "Approval Requested", approval, _question(approval)
    )


def approval_escalated(approval: Approval) -> Event:
    """Build the event of a question that others may answer too from now on."""
    what = "Canary Question" if approval.canary else "Approval"
    return _of_approval(f"{what} Escalated", approval, _question(approval))


def approval_decided(approval: Approval, outcome: OutcomeFacts) -> Event:
    """Build the event of an approval that has an outcome."""
    facts = {name: value for name, value in asdict(outcome).items() if name != "live"}
    return _of_approval(f"{'Canary Question' if approval.canary else 'Approval'} Decided", approval, facts)


def _question(approval: Approval) -> dict[str, Any]:
    return {
        "environment": approval.environment,
        "approvers": list(approval.approvers),
        "quorum": approval.policy.quorum,
        "expires_at": approval.expires_at,
    }


def _of_approval(what: str, approval: Approval, facts: Mapping[str, Any]) -> Event:
    subject = release_facts(approval.release) | {"approval": approval.id, "execution": approval.execution}
    if not approval.canary:
        return Event(f"Promotion {what}", {**subject, **facts})
    target = approval.targets[0]
    subject |= {"target": target.id} | in_short(approval.canary)
    return Event(f"Promotion {what}", {**subject, **facts}, (target.arn,))


def _of_deployment(detail_type: str, state: DeploymentState, facts: Mapping[str, Any]) -> Event:
    deployment = state.deployment
    subject = {"environment": deployment.environment, "target": deployment.target.id, "execution": state.execution}
    return Event(detail_type, {**release_facts(deployment.release), **subject, **facts}, (deployment.target.arn,))
