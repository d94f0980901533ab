"""What people read about a question on a canary: what is asked, how it ended, and what each answer is called."""

from collections.abc import Mapping, Sequence

from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Answer, Decision, Outcome
from gantry.promotion.canary_question import CanaryQuestion
from gantry.promotion.durations import text
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import LONGEST_REASON, quoted

_ANSWERS: Mapping[Decision, str] = {
    "approved": "promote it anyway",
    "rejected": "roll it back",
    "keep_waiting": "keep waiting",
}
_OUTCOMES: Mapping[Outcome, str] = {
    "approved": "promote anyway",
    "rejected": "roll back",
    "keep_waiting": "keep waiting",
    "expired": "not answered in time",
    "stopped": "nothing left to decide",
    "undeliverable": "too few could be asked",
}
_ROLLED_BACK = "It is rolled back, and not quarantined: nothing was shown to be bad."


def question(release: str, environment: str) -> str:
    """Return what people are asked."""
    return f"Too little is known of {release} in {environment}: promote it anyway?"


def outcome_in_short(outcome: Outcome) -> str:
    """Return how a question ended, in a few words."""
    return _OUTCOMES.get(outcome, outcome)


def answer_in_words(answer: Answer, canary: CanaryQuestion | None) -> str:
    """Return what somebody decided, as it continues after their name."""
    return answer.decision if canary is None else f"to {_ANSWERS[answer.decision]}"


def people_in_words(answers: Sequence[Answer]) -> str:
    """Return who gave these answers, when, and why."""
    *others, last = [_in_words(answer) for answer in answers]
    return f"{', '.join(others)} and {last}" if others else last


def explain_canary(approval: Approval, canary: CanaryQuestion) -> str:
    """Say in a sentence or two how a question about a canary ended, and what follows."""
    release, environment = approval.release, approval.environment
    match approval.outcome:
        case "approved" | "rejected" | "keep_waiting" as decision:
            answers = [answer for answer in approval.answers if answer.decision == decision]
            said = (
                f"To {_ANSWERS[decision]} was decided about {release} in {environment} by {people_in_words(answers)}."
            )
            return f"{said} {_what_follows(decision, canary)}".rstrip()
        case "stopped":
            return f"The deployment of {release} in {environment} has ended: there is nothing to answer."
        case "undeliverable":
            reasons = "; ".join(each.rstrip(".") for each in approval.unreached.values())
            return f"Too few approvers of {release} in {environment} can be reached by mail: {reasons}. {_ROLLED_BACK}"
        case _:
            so_far = f"{_answers_so_far(approval)} about {release} in {environment} by {readable(approval.expires_at)}"
            return f"{so_far}. {_ROLLED_BACK}"


def _what_follows(decision: Decision, canary: CanaryQuestion) -> str:
    match decision:
        case "rejected":
            return _ROLLED_BACK
        case "keep_waiting":
            weight = f"{canary.watched_weight} %"
            what = f"keeps {weight}" if canary.keeps_weight else f"gets {weight} again"
            return f"It {what}, and is watched for {text(canary.max_bake_seconds)} more."
        case _:
            return ""


def _in_words(answer: Answer) -> str:
    words = f"{answer.identity} at {readable(answer.at)}"
    return f"{words} ({quoted(answer.reason, LONGEST_REASON)})" if answer.reason else words


def _answers_so_far(approval: Approval) -> str:
    count, quorum = len(approval.approved_by), approval.policy.quorum
    return f"Only {count} of the {quorum} required answers arrived" if count else "Nobody answered"
