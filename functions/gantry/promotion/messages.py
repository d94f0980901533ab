"""The messages to people on the topic: one builder each, so that the same thing is always said in the same words."""

from collections.abc import Sequence
from dataclasses import dataclass

from gantry.promotion.approval import Approval
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.events import DeploymentEnd
from gantry.promotion.failure import Failure
from gantry.promotion.release import Release
from gantry.promotion.visible_text import one_line, visible

LONGEST_SUBJECT = 99
"""Characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
MOST_LINES = 100
WEAKER = "{release} comes with a manifest that protects the service less than before:"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to people."""

    subject: str
    text: str


def promotion_ended(service: str, release: Release | None, failure: Failure | None, execution: str) -> Message:
    """Say that a promotion has completed or failed. A failed promotion may have no release."""
    outcome = "failed" if failure else "completed"
    said = str(failure) if failure else "live in all of this promotion's environments."
    return _message(service, f": promotion {outcome}", f"{release or service}: {said}", execution)


def promotion_cut_short(service: str, release: Release | None, how: str, failure: Failure, execution: str) -> Message:
    """Say that a promotion has ended without being able to report it."""
    left = (
        "Its open approvals are closed. A deployment that was running is stopped with it, and has a message of its own."
    )
    return _message(service, f": promotion {how}", f"{release or service}: {failure}\n\n{left}", execution)


def safeguards_message(release: Release, sentences: Sequence[str], execution: str) -> Message:
    """Say that a release's manifest protects an environment less than before."""
    text = "\n".join([WEAKER.format(release=release), "", *(f"- {sentence}" for sentence in sentences)])
    return _message(release.service, ": less protection than before", text, execution)


def deployment_ended(how: DeploymentEnd, state: DeploymentState, cause: str) -> Message:
    """Say that a deployment did not complete, and what that means for its target."""
    deployment = state.deployment
    outcome = f" in {deployment.environment}: {how.lower()}"
    text = f"{deployment.release} on {deployment.target.id}\n\n{cause}"
    return _message(deployment.release.service, outcome, text, state.execution)


def canary_decided(approval: Approval, explanation: str) -> Message:
    """Say what people have decided about a canary of which too little was known."""
    outcome = f" in {approval.environment}: people have decided"
    known = "\n".join(approval.canary.known.reasons) if approval.canary else ""
    return _message(approval.release.service, outcome, f"{explanation}\n\n{known}", approval.execution)


def rolled_back(subject: str, how: str, summary: str, problems: Sequence[str], execution: str) -> Message:
    """Say what a rollback did, and what it could not do; `how` is `manually`, or `with its promotion`."""
    not_done = "".join(f"\nNot done: {problem}" for problem in problems)
    return _message(subject, f": rolled back {how}", f"{summary}{not_done}", execution)


def execution_ended(subject: str, what: str, failure: Failure, repaired: str, execution: str) -> Message:
    """Say how an execution ended badly, and what was repaired after it."""
    return _message(subject, f": {what}", f"{failure}\n\n{repaired}", execution)


def rehearsed(found: Sequence[str], gone: Sequence[str]) -> Message:
    """Say which rollbacks would fail, or not go back as far as they should, and which would work again."""
    would = f"{len(found)} would fail" if found else "all that failed would work again"
    parts = [
        ("These rollbacks would fail, or pass a version over. Mend it before you need them:", found),
        ("These would work again:", gone),
    ]
    text = "\n\n".join("\n".join([title, *_listed(lines)]) for title, lines in parts if lines)
    return Message(f"Rehearsal of rollbacks: {would}", visible(text))


def _listed(lines: Sequence[str]) -> list[str]:
    more = [f"- and {len(lines) - MOST_LINES} more: the ledger has all of them"] if len(lines) > MOST_LINES else []
    return [*(f"- {line}" for line in lines[:MOST_LINES]), *more]


def mail_undelivered(approval: Approval, reason: str) -> Message:
    """Say that an approver could not be reached, although the others are enough."""
    outcome = f": a mail about {approval.environment} did not arrive"
    text = f"{reason}\n\nThe other approvers are enough. Correct the address in the manifest before the next promotion."
    return _message(str(approval.release), outcome, text, approval.execution)


def _message(name: str, outcome: str, text: str, execution: str) -> Message:
    """Build a message whose subject says how it ended, however long the name is. Its text is visible."""
    room = LONGEST_SUBJECT - len(outcome)
    short = name if len(name) <= room else f"{name[: room - 3]}..."
    return Message(f"{short}{outcome}", f"{visible(text)}\n\nExecution: {one_line(execution)}")
