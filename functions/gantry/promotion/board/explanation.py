"""Why something is as it is: the reason, the numbers behind it, and what to type next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gantry.promotion.board.advice import SUPERSEDED, next_steps
from gantry.promotion.board.release_links import ReleaseLinks
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.visible_text import one_line, shortened

State = Literal["healthy", "in_flight", "waits_for_people", "failed", "rolled_back", "superseded", "unknown"]
Fact = tuple[str, str]
"""A label and a value, for people."""

_LONGEST = 1500
"""Characters of a reason. The history has all of it."""
_SUBJECT = {
    HistoryKind.PROMOTION_COMPLETED: ("healthy", "The promotion completed."),
    HistoryKind.PROMOTION_IGNORED: ("healthy", "The push was ignored."),
    HistoryKind.DEPLOYMENT_COMPLETED: ("healthy", "The release is live."),
    HistoryKind.PROMOTION_STARTED: ("in_flight", "The promotion has started, and nothing says yet how it ended."),
    HistoryKind.PROMOTION_FAILED: ("failed", "The promotion failed."),
    HistoryKind.DEPLOYMENT_FAILED: ("failed", "The deployment failed."),
    HistoryKind.DEPLOYMENT_SUPERSEDED: ("superseded", "The deployment gave way to a newer release."),
    HistoryKind.DEPLOYMENT_ROLLED_BACK: ("rolled_back", "The deployment was rolled back."),
    HistoryKind.DEPLOYMENT_REPAIRED: ("rolled_back", "The deployment ended half-way, and the target was repaired."),
    HistoryKind.ROLLED_BACK: ("rolled_back", "Somebody rolled it back."),
}
"""The state and the sentence of each kind of entry that ends something."""
_OF_A_DEPLOYMENT = ("DeploymentRolledBack", "DeploymentFailed")
"""The errors of a promotion that has failed with a deployment, which has recorded why."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an execution ended as it did, or an environment is as it is."""

    service: str
    environment: str | None
    state: State
    sentence: str
    """What is the case."""
    reason: str | None
    """Why, in the words of whoever decided it."""
    facts: tuple[Fact, ...] = ()
    """The numbers, and who and when."""
    next: tuple[str, ...] = ()
    """Commands to type, or sentences where there is none."""
    at: str | None = None
    """When it came to that. ISO 8601, UTC."""
    execution: str | None = None
    """The ARN of the execution."""
    digest: str | None = None
    """Of the release that it is about; None where it is about none."""
    links: ReleaseLinks = field(default_factory=ReleaseLinks)


def explain(entries: Sequence[HistoryEntry], service: str, environment: str | None = None) -> Explanation | None:
    """Explain the last thing that ended, or has begun and not ended.

    Args:
        entries: of a service, an environment or an execution, newest first, with everything that they belong to.
        service: its name.
        environment: which one is meant; None for all of them.
    """
    last = next((each for each in entries if each.kind in _SUBJECT), None)
    if last is None:
        return None
    why = _deeper(last, entries)
    state, sentence = _SUBJECT[why.kind]
    if why.facts.get("error") in SUPERSEDED:
        state, sentence = "superseded", "It gave way to a newer release."
    facts = {**last.facts, **{key: value for key, value in why.facts.items() if value is not None}}
    return Explanation(
        service=service,
        environment=environment or why.environment,
        state=state,  # type: ignore[arg-type]  # one of the literals
        sentence=sentence,
        reason=_reason(why),
        facts=tuple(_facts(last, why, entries)),
        next=next_steps(state, facts, service),
        at=last.at,
        execution=last.execution,
        digest=str(facts["digest"]) if facts.get("digest") else None,
    )


def _deeper(last: HistoryEntry, entries: Sequence[HistoryEntry]) -> HistoryEntry:
    """Return the deployment's entry behind a promotion that failed with it; otherwise the entry itself."""
    if last.kind is not HistoryKind.PROMOTION_FAILED or last.facts.get("error") not in _OF_A_DEPLOYMENT:
        return last
    of_deployments = {HistoryKind.DEPLOYMENT_ROLLED_BACK, HistoryKind.DEPLOYMENT_FAILED}
    digest = last.facts.get("digest")
    return next((each for each in entries if each.kind in of_deployments and each.facts.get("digest") == digest), last)


def _reason(entry: HistoryEntry) -> str | None:
    error, reason = entry.facts.get("error"), entry.facts.get("reason") or entry.facts.get("why")
    said = ": ".join(str(each) for each in (error, reason) if each)
    return shortened(one_line(said), _LONGEST) or None


def _facts(last: HistoryEntry, why: HistoryEntry, entries: Sequence[HistoryEntry]) -> Iterator[Fact]:
    facts: Mapping[str, Any] = why.facts
    if name := facts.get("tag") or last.facts.get("tag") or facts.get("digest"):
        yield "release", one_line(str(name))
    for label, value in (("environment", why.environment), ("target", why.target_id)):
        if value:
            yield label, value
    if who := facts.get("started_by"):
        yield "started by", one_line(str(who))
    if verdict := _verdict(why, entries):
        yield from _numbers(verdict)
    yield from _people(why, entries)


def _verdict(why: HistoryEntry, entries: Sequence[HistoryEntry]) -> HistoryEntry | None:
    """Return the last verdict of the same deployment."""
    judged = (each for each in entries if each.kind is HistoryKind.CANARY_JUDGED)
    return next((each for each in judged if each.execution == why.execution and each.at <= why.at), None)


def _numbers(verdict: HistoryEntry) -> Iterator[Fact]:
    facts = verdict.facts
    yield "verdict", f"{facts.get('verdict')} at step {facts.get('step')}, {facts.get('weight')} % of the traffic"
    compared = (facts.get("evidence") or {}).get("failed") or {}
    for which in ("canary", "stable"):
        if counted := compared.get(which):
            yield which, f"{counted['requests']:,} requests, {counted['bad']:,} failed"
    for reason in facts.get("reasons") or ():
        yield "because", one_line(str(reason))


def _people(why: HistoryEntry, entries: Sequence[HistoryEntry]) -> Iterator[Fact]:
    """Yield what people answered about the same release and environment."""
    decided = {HistoryKind.APPROVAL_DECIDED, HistoryKind.CANARY_QUESTION_DECIDED}
    same = (each for each in entries if each.kind in decided and each.facts.get("digest") == why.facts.get("digest"))
    for entry in same:
        said = entry.facts.get("explanation") or entry.facts.get("decision")
        yield "approval", one_line(f"{entry.environment}: {said}")
        for answer in entry.facts.get("answers") or ():
            if answer.get("reason"):
                yield "they said", one_line(f"{answer.get('approver')}: {answer['reason']}")
        return
