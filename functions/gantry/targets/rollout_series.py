"""The evidence in CloudWatch's series. A minute without data points is unknown, and never zero."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gantry.aws.metric_data import Series
from gantry.promotion.judge.evidence import ONE_MINUTE, Durations, Minute, QueryMinute, RevisionMinute, TargetEvidence
from gantry.promotion.judge.settings import MetricQuery
from gantry.promotion.visible_text import quoted_name
from gantry.targets.rollout_queries import CANARY, PERCENTILES, STABLE, RolloutQueries, compared, own_id

NOTHING_KNOWN = RevisionMinute(None, None)
_TIMED, _SLOW = "timed", "slow"


@dataclass(frozen=True, slots=True)
class RolloutSeries(ABC):
    """What was asked, and what CloudWatch answered."""

    queries: RolloutQueries
    series: Mapping[str, Series]
    """By the ids of their queries."""
    refused: Mapping[str, str]
    """Why one of the manifest's queries has no series, by its name."""

    metrics: ClassVar[Mapping[str, str]]
    """What people call the series of one revision, by the ends of their ids; percentiles are for people only."""
    noun: ClassVar[str]
    """What people call a revision."""
    milliseconds: ClassVar[int] = 1
    """How many milliseconds one unit of the durations has."""

    @abstractmethod
    def counted(self, role: str, at: datetime) -> RevisionMinute:
        """Return what one revision did in a minute."""

    def evidence(self) -> TargetEvidence:
        """Return it in the words of the port."""
        without = dict(self._without_data())
        return TargetEvidence(
            minutes=tuple(Minute(at, self.counted(CANARY, at), self.counted(STABLE, at)) for at in self._minutes()),
            complete_until=self.queries.until,
            queries={
                query.name: self._query(index, query)
                for index, query in enumerate(self.queries.request.queries)
                if query.name not in without
            },
            canary_durations=self._durations(CANARY),
            stable_durations=self._durations(STABLE),
            unknown=(
                *self._troubles(),
                *(f"the query {quoted_name(name)}: {reason}" for name, reason in without.items()),
            ),
        )

    def _minutes(self) -> Iterator[datetime]:
        at = self.queries.since
        while at < self.queries.until:
            yield at
            at += ONE_MINUTE

    def slow(self, role: str, at: datetime, requests: float | None) -> float | None:
        """Return the slow requests. The count is interpolated, so it is rounded against the canary.

        Where no request was served, nothing was slow.
        """
        if self.queries.request.slow_after_ms is None:
            return None
        if requests is None:
            return 0.0
        if any(self.series[f"{role}_{end}"].trouble for end in (_TIMED, _SLOW)):
            return None
        timed, slow = (self.series[f"{role}_{end}"].values.get(at) for end in (_TIMED, _SLOW))
        if timed is None or not math.isfinite(counted := slow or 0.0):
            return None
        near = round(counted, 6)  # 3.0000000001 is three, as sums of fractions are
        return min(float(math.ceil(near) if role == CANARY else math.floor(near)), timed)

    def _query(self, index: int, query: MetricQuery) -> tuple[QueryMinute, ...]:
        found = {role: self.series[own_id(index, role)].values for role in compared(query, self.queries.revisions)}
        canary, stable = found[CANARY], found.get(STABLE, {})
        return tuple(QueryMinute(at, canary.get(at), stable.get(at)) for at in self._minutes())

    def _without_data(self) -> Iterator[tuple[str, str]]:
        """Yield each of the manifest's queries that cannot be relied on, and why."""
        yield from self.refused.items()
        for index, query in enumerate(self.queries.request.queries):
            roles = compared(query, self.queries.revisions) if query.name not in self.refused else ()
            troubles = [self.series[own_id(index, role)].trouble for role in roles]
            if trouble := next(filter(None, troubles), None):
                yield query.name, trouble

    def _durations(self, role: str) -> Durations | None:
        """Return the percentiles of the whole rollout. Of two periods, the greater value is more than the whole's."""
        found = [self.series.get(f"{role}_{each}", Series()) for each in PERCENTILES]
        if any(each.trouble or not each.values for each in found):
            return None
        return Durations(*(max(each.values.values()) * self.milliseconds for each in found))

    def _troubles(self) -> Iterator[str]:
        """Yield a sentence for each trouble, with all that it is about. Percentiles are for people only."""
        about: dict[str, list[str]] = {}
        for role, revision in self.queries.revisions.items():
            for end, metric in self.metrics.items():
                found = self.series.get(f"{role}_{end}")
                if found and found.trouble:
                    about.setdefault(found.trouble, []).append(f"{metric} of {self.noun} {revision}")
        for trouble, metrics in about.items():
            yield f"{', '.join(metrics)}: {trouble}"
