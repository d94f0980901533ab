"""The messages to people on the topic: one builder each, so that the same thing is always said in the same words."""

from collections.abc import Sequence
from dataclasses import dataclass

from gantry.promotion.approval import Approval
from gantry.promotion.console_links import execution_page
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.events import DeploymentEnd
from gantry.promotion.failure import Failure
from gantry.promotion.release import Release
from gantry.promotion.service_name import NO_SERVICE
from gantry.promotion.source_links import links_of
from gantry.promotion.steering import Action, Wish
from gantry.promotion.steering_events import SteeredDeployment
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import LONGEST_REASON, foreign_lines, one_line, visible

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
    return _of_promotion(service, release, outcome, said, execution)


def promotion_cut_short(service: str, release: Release | None, how: str, failure: Failure, execution: str) -> Message:
    """Say that a promotion has ended without being able to report it."""
    left = (
        "Its open approvals are closed. A deployment that was running is stopped with it, and has a message of its own."
    )
    return _of_promotion(service, release, how, f"{failure}\n\n{left}", execution)


def _of_promotion(service: str, release: Release | None, how: str, said: str, execution: str) -> Message:
    if release is None and service == NO_SERVICE:
        return _message("A promotion that names no service", f": {how}", said, execution)
    return _message(service, f": promotion {how}", f"{release or service}: {said}", execution, release)


def safeguards_message(release: Release, sentences: Sequence[str], execution: str) -> Message:
    """Say that a release's manifest protects an environment less than before."""
    text = "\n".join([WEAKER.format(release=release), "", *(f"- {sentence}" for sentence in sentences)])
    return _message(release.service, ": less protection than before", text, execution, release)


def deployment_ended(how: DeploymentEnd, state: DeploymentState, cause: str) -> Message:
    """Say that a deployment did not complete, and what that means for its target."""
    deployment = state.deployment
    outcome = f" in {deployment.environment}: {how.lower()}"
    text = f"{deployment.release} on {deployment.target.id}\n\n{cause}"
    return _message(deployment.release.service, outcome, text, state.execution, deployment.release)


def canary_decided(approval: Approval, explanation: str) -> Message:
    """Say what people have decided about a canary of which too little was known."""
    outcome = f" in {approval.environment}: people have decided"
    known = "\n".join(approval.canary.known.reasons) if approval.canary else ""
    release = approval.release
    return _message(release.service, outcome, f"{explanation}\n\n{known}", approval.execution, release)


_AFTER = {
    Action.PAUSE: "It keeps {weight} % of the traffic until somebody resumes it. Its alarms still end it. So does its "
    "time, which is over at {until}.",
    Action.RESUME: "It goes on where it was. The time for which it was paused counts.",
    Action.ADVANCE: "Its step ends as soon as enough is known of it.",
    Action.ABORT: "All traffic goes back to the stable version, and the digest is quarantined.",
}
_UNHEARD = (
    "Its deployment was between two states just now, and finds this when it goes on. If nothing is left to do by then, "
    "the release is live."
)


def steered_message(wish: Wish, steered: SteeredDeployment) -> Message:
    """Say that somebody has paused, resumed, advanced or aborted a canary, and what follows."""
    release, progress = steered.release, steered.progress
    until = readable(progress.pause_ends_at or progress.ends_at)
    after = _AFTER[wish.action].format(weight=progress.weight, until=until) if steered.is_honoured else _UNHEARD
    text = f"{release} on {steered.target.id}\n\n{foreign_lines(str(wish), LONGEST_REASON)}\n\n{after}"
    outcome = f" in {steered.environment}: canary {wish.action.done}"
    return _message(release.service, outcome, text, wish.execution, release)


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
        ("These rollbacks would fail, or pass a version over. Fix them before you need them:", found),
        ("These would work again:", gone),
    ]
    text = "\n\n".join("\n".join([title, *listed(lines)]) for title, lines in parts if lines)
    return Message(f"Rehearsal of rollbacks: {would}", visible(text))


def listed(lines: Sequence[str]) -> list[str]:
    """Return each line as an item of a list, the first 100 of them."""
    more = [f"- and {len(lines) - MOST_LINES} more: the ledger has all of them"] if len(lines) > MOST_LINES else []
    return [*(f"- {line}" for line in lines[:MOST_LINES]), *more]


def mail_undelivered(approval: Approval, reason: str) -> Message:
    """Say that an approver could not be reached, although the others are enough."""
    outcome = f": a mail about {approval.environment} did not arrive"
    text = f"{reason}\n\nThe other approvers are enough. Correct the address in the manifest before the next promotion."
    return _message(str(approval.release), outcome, text, approval.execution, approval.release)


def of_release(release: Release, outcome: str, text: str, execution: str) -> Message:
    """Build a message about a release, whatever it is."""
    return _message(release.service, outcome, text, execution, release)


def _message(name: str, outcome: str, text: str, execution: str, release: Release | None = None) -> Message:
    """Build a message whose subject says how it ended, however long the name is. Its text is visible.

    Its links stand on lines of their own, after the text.
    """
    room = LONGEST_SUBJECT - len(outcome)
    short = name if len(name) <= room else f"{name[: room - 3]}..."
    lines = [*(links_of(release.source).rows if release else ()), ("Execution", one_line(execution))]
    if page := execution_page(execution):
        lines.append(("Console", page))
    return Message(f"{short}{outcome}", "\n\n".join([visible(text), "\n".join(map(": ".join, lines))]))
