"""The verdict on a canary: what is shown, what is not, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gantry.promotion.judge.alarm_facts import AlarmFacts, describe, describe_firing_before, describe_without_data
from gantry.promotion.judge.comparison import Comparison, compare
from gantry.promotion.judge.counting import Counts, failed_counts, slow_counts, unknown_counts
from gantry.promotion.judge.evidence import TargetEvidence
from gantry.promotion.judge.explanation import compared, seen_too_little, what_would_help
from gantry.promotion.judge.numbers import numbers
from gantry.promotion.judge.query_findings import QueryFinding, query_findings
from gantry.promotion.judge.settings import JudgeSettings


class Health(StrEnum):
    """What a verdict says."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`healthy`, `unhealthy` or `inconclusive`, and why."""

    verdict: Health
    reasons: tuple[str, ...]
    """Harm; otherwise what is missing; otherwise what shows that nothing is worse."""
    notes: tuple[str, ...]
    """What people should know besides, such as alarms that cannot be evidence."""
    evidence: Mapping[str, Any]
    """The numbers behind the reasons, for the ledger."""
    is_seen_enough: bool
    """Whether the manifest's minimums were reached and nothing is unknown, so that a step before the last may go on
    as long as harm is not shown."""


@dataclass(frozen=True, slots=True)
class _Findings:
    """Everything that a verdict depends on."""

    comparisons: tuple[Comparison, ...]
    queries: tuple[QueryFinding, ...]
    harm: tuple[str, ...]
    unknown: tuple[str, ...]
    too_little: tuple[str, ...]
    minutes_with_requests: int


def judge(evidence: TargetEvidence, alarms: AlarmFacts, settings: JudgeSettings, *, compares: bool = True) -> Judgement:
    """Judge a canary by all that is known of the whole rollout.

    Harm outweighs everything. Health has to be shown, in every comparison, with nothing unknown. All else is
    inconclusive.

    Args:
        evidence: the counts of both revisions, and the manifest's own queries.
        alarms: what the deployment's alarms did.
        settings: the manifest's.
        compares: whether the stable revision has traffic in the same minutes. Without it, after the rollout or with
            the first deployment, only alarms and queries with a fixed limit count.
    """
    found = _findings(evidence, alarms, settings, compares=compares)
    verdict, reasons = _verdict(found, settings)
    return Judgement(
        verdict,
        reasons,
        describe_firing_before(alarms.firing_before),
        numbers(evidence, found.comparisons, found.queries, alarms, found.minutes_with_requests),
        not found.unknown and not found.too_little,
    )


def _findings(evidence: TargetEvidence, alarms: AlarmFacts, settings: JudgeSettings, *, compares: bool) -> _Findings:
    queries = query_findings(settings.queries, evidence, compares=compares)
    counts = tuple(_counts(evidence, settings)) if compares else ()
    comparisons = tuple(
        compare("slow" if number else "failed", each.minutes, settings, len(counts))
        for number, each in enumerate(counts)
    )
    minutes = sum(minute.canary > 0 for minute in counts[0].minutes) if counts else 0
    return _Findings(
        comparisons,
        queries,
        (
            *describe(alarms.changes),
            *(compared(each, settings) for each in comparisons if each.is_worse),
            *(query.harm for query in queries if query.harm),
        ),
        (
            *evidence.unknown,
            *alarms.unknown,
            *describe_without_data(alarms.without_data),
            *(unknown_counts(evidence.minutes) if compares else ()),
            *dict.fromkeys(problem for each in counts for problem in each.problems),
            *(query.unknown for query in queries if query.unknown),
        ),
        tuple(seen_too_little(comparisons[0].total.canary, minutes, settings)) if comparisons else (),
        minutes,
    )


def _counts(evidence: TargetEvidence, settings: JudgeSettings) -> Iterator[Counts]:
    yield failed_counts(evidence.minutes)
    if settings.slow_after_ms is not None:
        yield slow_counts(evidence.minutes)


def _verdict(found: _Findings, settings: JudgeSettings) -> tuple[Health, tuple[str, ...]]:
    if found.harm:
        return Health.UNHEALTHY, found.harm
    sentences = tuple(compared(each, settings) for each in found.comparisons if each.total.canary or each.total.stable)
    undecided = [each for each in found.comparisons if not each.is_not_worse]
    missing = (*found.unknown, *found.too_little)
    if missing or undecided:
        help_ = tuple(sentence for each in undecided for sentence in what_would_help(each))
        return Health.INCONCLUSIVE, (*missing, *sentences, *help_)
    return Health.HEALTHY, sentences or ("no alarm and no query shows harm; there was nothing to compare with",)
