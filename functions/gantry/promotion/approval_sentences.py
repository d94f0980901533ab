"""What people read about an approval: how it ended, why they cannot answer, and why they cannot approve."""

from collections.abc import Sequence
from dataclasses import replace

from gantry.promotion.approval import Approval
from gantry.promotion.canary_sentences import answer_in_words, explain_canary, people_in_words
from gantry.promotion.quarantine import Quarantine, in_force
from gantry.promotion.timestamps import readable


def explain(approval: Approval) -> str:
    """Say in a sentence or two how an approval ended, and what people can do about it."""
    if approval.canary:
        return explain_canary(approval, approval.canary)
    release, environment = approval.release, approval.environment
    match approval.outcome:
        case "approved" | "rejected" as decision:
            people = people_in_words([answer for answer in approval.answers if answer.decision == decision])
            again = " That does not hold any more: a newer mail asks again." if approval.asked_again else ""
            return f"{release} was {decision} for {environment} by {people}.{again}"
        case "superseded":
            why = "comes first" if release.is_configuration_only else "is newer"
            return f"{release} was superseded for {environment} by {approval.superseded_by}, which {why}."
        case "stopped":
            return f"The promotion of {release} has ended before {environment} was decided: there is nothing to answer."
        case "undeliverable":
            reasons = "; ".join(each.rstrip(".") for each in approval.unreached.values())
            return (
                f"Too few approvers of {release} for {environment} can be reached by mail: {reasons}. "
                "Fix that, or name other approvers in the manifest, then start the promotion again."
            )
        case _:
            return (
                f"{_answers_so_far(approval)} by {readable(approval.expires_at)}, so {release} counts as rejected for "
                f"{environment}. Asked: {_and(approval.approvers)}. To ask again, start the promotion again."
            )


def why_closed(approval: Approval, approver: str, now: str, *, is_running: bool) -> str | None:
    """Say in a sentence or two why an approver has nothing to decide; None when they have.

    Args:
        approval: the approval.
        approver: one of its approvers.
        now: ISO 8601, UTC.
        is_running: whether the promotion's execution is still running.
    """
    status = approval.status(now)
    if status != "pending":
        return explain(replace(approval, outcome=status))
    if not is_running:
        which = "deployment" if approval.canary else "promotion"
        return f"The {which} has ended, so there is nothing left to decide."
    if answer := approval.answer_of(approver):
        missing = approval.policy.quorum - len(approval.approved_by)
        needed = "One more approval is" if missing == 1 else f"{missing} more approvals are"
        until = readable(approval.expires_at)
        yours = f"decided {answer_in_words(answer, approval.canary)}" if approval.canary else f"{answer.decision} it"
        return f"You {yours} at {readable(answer.at)}. {needed} needed by {until}."
    return None


def objection(approval: Approval, approver: str, last_quarantine: Quarantine | None) -> str | None:
    """Say in a sentence or two why an approver cannot approve a release; None when they can.

    Args:
        approval: the approval.
        approver: one of its approvers.
        last_quarantine: the last one that the release's digest came into.
    """
    if quarantine := in_force(last_quarantine):
        return f"{quarantine.explain()}."
    return None if approval.may_approve(approver) else own_release(approval)


def own_release(approval: Approval) -> str:
    """Say why nobody may approve their own release."""
    return (
        f"This release is yours ({approval.origin}), and the manifest has self_approval: false, "
        "so somebody else has to approve it."
    )


def _answers_so_far(approval: Approval) -> str:
    count, quorum = len(approval.approved_by), approval.policy.quorum
    return f"Only {count} of the {quorum} required approvals arrived" if count else "Nobody answered"


def _and(people: Sequence[str]) -> str:
    *others, last = people
    return f"{', '.join(others)} and {last}" if others else last
