"""Whether those who may approve a release are enough, as nobody may approve their own unless the manifest says so."""

from collections.abc import Container

from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release


def may_approve(policy: ApprovalPolicy, origin: PromotionOrigin, person: str) -> bool:
    """Whether the policy lets somebody approve: not their own release, unless it says so."""
    return policy.self_approval or not origin.is_by(person)


def is_reachable(policy: ApprovalPolicy, origin: PromotionOrigin, unreached: Container[str] = ()) -> bool:
    """Whether the approvals that can come, now or by escalation, are enough.

    Args:
        policy: who may answer.
        origin: whose release it is.
        unreached: those who will not answer.
    """
    people = (*policy.approvers, *policy.escalate_to)
    able = [each for each in people if may_approve(policy, origin, each) and each not in unreached]
    return len(able) >= policy.quorum


def why_unreachable(environment: str, policy: ApprovalPolicy, release: Release, origin: PromotionOrigin) -> str:
    """Return why too few people may approve a release, and what to do about it."""
    return (
        f"{environment} needs {policy.quorum} approvals, but nobody can approve their own release, "
        f"and too few others may approve {release} ({origin}). Add approvers to the manifest, or set "
        "self_approval: true there, then start the promotion again"
    )
