"""Refuse what is asked of the judge although it can never come about: there is no time for it, or no step.

A problem is reported where it should be fixed, as in `judge_rules`. A judge that only observes is asked for nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from gantry.promotion import durations
from gantry.promotion.judge.looks import MINUTE, USUAL_METRICS_DELAY, watch_seconds
from gantry.promotion.judge.settings import MetricQuery
from gantry.promotion.manifest.content import Environment
from gantry.promotion.manifest.kinds import Schemas, evidence_late_seconds, longest_requests
from gantry.promotion.manifest.override import holder
from gantry.promotion.manifest.problem import Location, Problem

_OF_TIME = ("max_bake", "bake_after", "traffic", "configuration")
"""The keys that say how long is watched, and how late evidence is."""


@dataclass(frozen=True, slots=True)
class _Written:
    """One environment, and what its manifest says."""

    document: Mapping[str, Any]
    index: int
    environment: Environment
    request_seconds: int | None
    """How long a request takes at most; None when the manifest does not say it of every target."""
    late_seconds: int
    """How late evidence is at least; 0 when the manifest does not say how long requests take."""

    @property
    def own(self) -> Mapping[str, Any]:
        own: Mapping[str, Any] = self.document["environments"][self.index]
        return own

    def place(self, key: str, *others: str) -> Location:
        """Return where a key should be fixed, which may conflict with others."""
        return (*holder(("environments", self.index), self.own, key, *others), key)

    def evidence(self, minutes: int) -> str:
        """Return minutes of evidence in words."""
        late = f", which is {durations.text(self.late_seconds)} late" if self.late_seconds else ""
        return f"{durations.text(minutes * MINUTE)} of evidence{late}"

    def seconds(self, minutes: int) -> int:
        """Return how long it takes until minutes of evidence are known."""
        return minutes * MINUTE + self.late_seconds


def reach_problems(document: Mapping[str, Any], environments: Sequence[Environment], schemas: Schemas) -> list[Problem]:
    """Return what can never come about.

    Args:
        document: what YAML read, which is valid so far.
        environments: what it says, written out.
        schemas: what the manifest may say of each kind of target.
    """
    problems: dict[Problem, None] = {}
    for index, environment in enumerate(environments):
        if environment.judge.mode == "decide":
            written = _written(document, index, environment, schemas)
            for rule in (_without_steps, _too_short_steps, _too_long_queries, _never_slow):
                problems |= dict.fromkeys(rule(written))
    return list(problems)


def _written(document: Mapping[str, Any], index: int, environment: Environment, schemas: Schemas) -> _Written:
    longest = longest_requests(environment, schemas)
    known = [each for each in longest if each is not None]
    is_known = len(known) == len(longest)
    late = evidence_late_seconds(environment, schemas, USUAL_METRICS_DELAY) if known else 0
    return _Written(document, index, environment, max(known) if is_known else None, late)


def _without_steps(written: _Written) -> Iterator[Problem]:
    """An environment may share what it has no use for, and take it back."""
    judge = written.environment.judge
    if written.environment.plan or judge.bake_after_seconds:
        return
    asks = {
        "minimum_minutes": judge.minimum_minutes > 1,
        "every_step": judge.every_step,
        "advance_early": judge.advance_early,
    }
    for key in (each for each, is_asked in asks.items() if is_asked and each in written.own):
        message = "all traffic moves at once, so no step waits for it; give steps as traffic, or leave it out"
        yield Problem(written.place(key), message)


def _too_short_steps(written: _Written) -> Iterator[Problem]:
    plan, judge = written.environment.plan, written.environment.judge
    watched, needed = watch_seconds(plan, judge), written.seconds(judge.minimum_minutes)
    if not plan or needed <= watched:
        return
    key = "max_bake" if "max_bake" in {*written.document, *written.own} else "minimum_minutes"
    fewer = ", or fewer minimum_minutes" if judge.minimum_minutes > 1 else ""
    message = (
        f"the steps are watched for {durations.text(watched)} at most, too short for "
        f"{written.evidence(judge.minimum_minutes)}; give a max_bake of {_minutes(needed)} at least{fewer}"
    )
    yield Problem(written.place(key, "minimum_minutes", *_OF_TIME), message)


def _too_long_queries(written: _Written) -> Iterator[Problem]:
    for index, query in enumerate(written.environment.judge.queries):
        longest, needed = max(_watched(written.environment, query), default=0), written.seconds(query.minutes)
        if not 0 < longest < needed:
            continue
        keys = "max_bake" if written.environment.plan else "bake_after"
        message = (
            f"a version is watched for {durations.text(longest)} at most, too short for "
            f"{written.evidence(query.minutes)}; give a {keys} of {_minutes(needed)} at least, or fewer minutes"
        )
        yield Problem((*written.place("queries", *_OF_TIME), index, "minutes"), message)


def _watched(environment: Environment, query: MetricQuery) -> Iterator[int]:
    """Yield how long a query is asked at a time: while steps are watched, and once the new version has all traffic."""
    yield watch_seconds(environment.plan, environment.judge)
    if not query.compares:
        yield environment.judge.bake_after_seconds


def _never_slow(written: _Written) -> Iterator[Problem]:
    slow, longest = written.environment.judge.slow_after_ms, written.request_seconds
    if written.environment.plan and slow is not None and longest is not None and slow >= 1_000 * longest:
        message = (
            f"no request takes longer than {durations.text(longest)}, so none would be slow; give less than "
            f"{1_000 * longest}, or leave it out"
        )
        yield Problem(written.place("slow_after_ms", "traffic", "configuration"), message)


def _minutes(seconds: int) -> str:
    return durations.text(ceil(seconds / MINUTE) * MINUTE)
