"""What happened, in words: the heading and the sentences of each entry of a history."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.status_page.words import name, person, release_name, sentence, some_of, version
from gantry.promotion.steering import done

Facts = Mapping[str, Any]
_MOST = 6
"""Sentences of one entry."""

_HEADINGS: Mapping[str, str] = {
    HistoryKind.PROMOTION_STARTED: "Promotion started",
    HistoryKind.PROMOTION_IGNORED: "Push ignored",
    HistoryKind.PROMOTION_COMPLETED: "Promotion completed",
    HistoryKind.PROMOTION_FAILED: "Promotion failed",
    HistoryKind.SAFEGUARDS_WEAKENED: "Safeguards weakened",
    HistoryKind.INFRASTRUCTURE_AWAITED: "Waits for infrastructure",
    HistoryKind.INFRASTRUCTURE_FOUND: "Infrastructure found",
    HistoryKind.DRAFT_IGNORED: "Settings outside the manifest ignored",
    HistoryKind.CANARY_QUESTION_ASKED: "People asked about the canary",
    HistoryKind.DEPLOYMENT_COMPLETED: "Live",
    HistoryKind.DEPLOYMENT_ROLLED_BACK: "Deployment rolled back",
    HistoryKind.DEPLOYMENT_SUPERSEDED: "Deployment superseded",
    HistoryKind.DEPLOYMENT_FAILED: "Deployment failed",
    HistoryKind.DEPLOYMENT_REPAIRED: "Target repaired",
    HistoryKind.ROLLED_BACK: "Rolled back",
}
BAD = frozenset(
    {
        HistoryKind.PROMOTION_FAILED,
        HistoryKind.SAFEGUARDS_WEAKENED,
        HistoryKind.DEPLOYMENT_ROLLED_BACK,
        HistoryKind.DEPLOYMENT_FAILED,
        HistoryKind.DEPLOYMENT_REPAIRED,
        HistoryKind.ROLLED_BACK,
    }
)
"""What is marked, beside what an entry's own facts call bad."""
_BAD_RESULTS = frozenset({"unhealthy", "failed", "rejected", "undeliverable"})


def heading(entry: HistoryEntry) -> str:
    """Return what happened in a few words. What a newer version of Gantry wrote has its kind's name."""
    facts = entry.facts
    match entry.kind:
        case HistoryKind.CANARY_JUDGED:
            return f"Canary judged {name(_said(facts, 'verdict'))}"
        case HistoryKind.REVISION_CHECKED:
            return f"Check {name(_said(facts, 'status'))}"
        case HistoryKind.APPROVAL_DECIDED:
            return f"Approval: {name(_said(facts, 'decision').replace('_', ' '))}"
        case HistoryKind.CANARY_STEERED:
            return f"Canary {done(facts.get('action'))}"
        case HistoryKind.CANARY_QUESTION_DECIDED:
            return f"Question about the canary: {name(_said(facts, 'decision').replace('_', ' '))}"
    kind = str(entry.kind)
    return _HEADINGS.get(kind, name(kind.replace("_", " ").capitalize()))


def is_bad(entry: HistoryEntry) -> bool:
    """Whether people should look at it."""
    results = {str(entry.facts.get(each)) for each in ("verdict", "status", "decision")}
    return entry.kind in BAD or bool(results & _BAD_RESULTS)


def subject(entry: HistoryEntry) -> str:
    """Return what it happened to: the release, the environment and the target, as far as the entry says."""
    facts = entry.facts
    tag, digest = facts.get("tag"), facts.get("digest")
    parts = [release_name(tag and str(tag), digest and str(digest))] if tag or digest else []
    if revision := facts.get("canary") or facts.get("revision"):
        parts.append(version(str(revision)))
    parts += [name(each, 120) for each in (entry.environment, entry.target_id) if each]
    return ", ".join(parts)


def sentences(entry: HistoryEntry) -> list[str]:
    """Return what else the entry says, each a sentence as HTML."""
    found = [each for each in _SENTENCES.get(str(entry.kind), _usual)(entry.facts) if each]
    more = [f"and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return found[:_MOST] + more


def _usual(facts: Facts) -> Iterator[str]:
    """Return why and by whom, where the facts say it."""
    error = f"{name(str(facts['error']))}: " if facts.get("error") else ""
    if error or facts.get("reason"):
        yield error + sentence(_said(facts, "reason"))
    if facts.get("by"):
        yield f"By {person(str(facts['by']))}"


def _started(facts: Facts) -> Iterator[str]:
    if isinstance(kept := facts.get("configuration_of"), Mapping):
        each = [f"{name(str(environment))} keeps {name(str(artifact))}" for environment, artifact in kept.items()]
        yield f"Only the configuration: {some_of(each, 10)}"
    if environments := _listed(facts, "environments"):
        yield f"For {some_of([name(each) for each in environments], 10)}"
    if facts.get("started_by"):
        how = "" if facts.get("is_verified") else " (the name is not verified)"
        yield f"Started by {person(str(facts['started_by']))}{how}"
    if facts.get("pushed_by"):
        yield f"Pushed by {name(str(facts['pushed_by']))}, as its label says"
    if facts.get("released_from_quarantine"):
        yield f"Released from quarantine: {sentence(str(facts['released_from_quarantine']))}"


def _decided(facts: Facts) -> Iterator[str]:
    if facts.get("explanation"):
        yield sentence(str(facts["explanation"]))
    for each in facts.get("answers") or ():
        if isinstance(each, Mapping) and each.get("reason"):
            yield f"{person(_said(each, 'approver'))}: {sentence(str(each['reason']))}"


def _judged(facts: Facts) -> Iterator[str]:
    if facts.get("weight") is not None:
        yield f"At {name(str(facts['weight']))} % of the traffic"
    yield from (sentence(each) for key in ("reasons", "notes") for each in _listed(facts, key))


def _asked(facts: Facts) -> Iterator[str]:
    yield from (sentence(each) for each in _listed(facts, "known"))


def _checked(facts: Facts) -> Iterator[str]:
    yield f"{name(_said(facts, 'check'), 200)}: {sentence(_said(facts, 'reason'))}"


def _weakened(facts: Facts) -> Iterator[str]:
    yield from (sentence(each) for each in _listed(facts, "weakened"))


def _awaited(facts: Facts) -> Iterator[str]:
    for each in facts.get("needs") or ():
        if isinstance(each, Mapping):
            ask = f"; ask {person(str(each['owner']))}" if each.get("owner") else ""
            what = f"{sentence(_said(each, 'need'))} in {name(_said(each, 'place'))}"
            yield f"{what}: {sentence(_said(each, 'reason'))}{ask}"


def _found(facts: Facts) -> Iterator[str]:
    if isinstance(found := facts.get("infrastructure"), Mapping):
        yield from (f"{name(str(each), 200)}: {sentence(str(value))}" for each, value in found.items())


_SENTENCES: Mapping[str, Callable[[Facts], Iterator[str]]] = {
    HistoryKind.PROMOTION_STARTED: _started,
    HistoryKind.APPROVAL_DECIDED: _decided,
    HistoryKind.CANARY_QUESTION_DECIDED: _decided,
    HistoryKind.CANARY_QUESTION_ASKED: _asked,
    HistoryKind.CANARY_JUDGED: _judged,
    HistoryKind.REVISION_CHECKED: _checked,
    HistoryKind.SAFEGUARDS_WEAKENED: _weakened,
    HistoryKind.INFRASTRUCTURE_AWAITED: _awaited,
    HistoryKind.INFRASTRUCTURE_FOUND: _found,
}


def _said(facts: Facts, key: str) -> str:
    value = facts.get(key)
    return "unknown" if value is None else str(value)


def _listed(facts: Facts, key: str) -> Sequence[str]:
    value = facts.get(key)
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
