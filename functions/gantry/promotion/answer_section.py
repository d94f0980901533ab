"""The facts about the answers: who has to answer, until when, and who has."""

from gantry.promotion.approval import Approval
from gantry.promotion.canary_sentences import answer_in_words, outcome_in_short
from gantry.promotion.fact_section import FactSection
from gantry.promotion.timestamps import readable, span
from gantry.promotion.visible_text import LONGEST_REASON, quoted


def answer_section(approval: Approval, now: str) -> FactSection:
    """Return who has to answer, until when, and what has been answered."""
    status, canary = approval.status(now), approval.canary
    rows = _missing(approval, now)
    if status != "pending":
        how = outcome_in_short(status) if canary else status
        rows = [rows[0], ("Ended", f"{how} at {readable(approval.ended_at or approval.expires_at)}")]
    for answer in approval.answers:
        reason = f": {quoted(answer.reason, LONGEST_REASON)}" if answer.reason else ""
        rows.append((answer.identity, f"{answer_in_words(answer, canary)} at {readable(answer.at)}{reason}"))
    rows += [(person, f"could not be reached: {reason}") for person, reason in approval.unreached.items()]
    return FactSection("The answer", tuple(rows))


def _missing(approval: Approval, now: str) -> list[tuple[str, str]]:
    needed = f"approval by {_needed(approval)}; one rejection ends it"
    otherwise = f"the release counts as rejected, and {approval.environment} stays as it is"
    if approval.canary:
        needed = f"{_needed(approval)} to promote it anyway; one answer is enough for anything else"
        otherwise = "it is rolled back, and not quarantined"
    until = f"{readable(approval.expires_at)} (in {span(now, approval.expires_at)})"
    return [("Needed", needed), ("Until", until), ("After that", otherwise)]


def _needed(approval: Approval) -> str:
    """Return how many people have to approve, in words."""
    quorum, people = approval.policy.quorum, approval.approvers
    if len(people) == 1:
        return people[0]
    if quorum < len(people):
        return f"any {'one' if quorum == 1 else quorum} of {len(people)} approvers"
    return "both approvers" if quorum == 2 else f"all {quorum} approvers"  # noqa: PLR2004 -- "both" means two
