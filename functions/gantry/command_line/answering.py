"""Answer an approval by a signed call."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gantry.command_line.approval_list import open_approvals
from gantry.command_line.errors import CommandError, Exit
from gantry.promotion.board.listed_approval import ListedApproval

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answers."""

    decision: Literal["approved", "rejected"]
    reason: str
    confirmed: str | None = None
    """The environment's name, as they have typed it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer."""

    approval: str
    decision: str | None
    """The outcome of the approval; None while more answers are needed."""
    explanation: str | None


def answer(pipeline: "Pipeline", named: str, given: Answer) -> Answered:
    """Send an answer about the digest that the list of open approvals has.

    Raises:
        CommandError: there is no such approval, or the answer is refused.
    """
    approval = _found(pipeline, named)
    body = {"decision": given.decision, "reason": given.reason, "digest": approval.digest}
    if given.confirmed:
        body["environment"] = given.confirmed
    url = f"{pipeline.output('DecisionsUrl')}{approval.id}"
    said = pipeline.call("POST", url, body).require_success()
    return Answered(approval.id, said.get("decision"), said.get("explanation"))


def _found(pipeline: "Pipeline", named: str) -> ListedApproval:
    _, every = open_approvals(pipeline.services)
    found = [each for each in every if each.id == named] or [each for each in every if each.id.startswith(named)]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(f"{len(found)} open approvals begin with {named}. Give more of the id.", Exit.USAGE)
    raise CommandError(f"No open approval is called {named}. gantry approvals lists them.", Exit.USAGE)
