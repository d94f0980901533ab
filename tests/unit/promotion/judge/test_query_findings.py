import math
from datetime import timedelta

import pytest

from gantry.promotion.judge.evidence import TargetEvidence
from gantry.promotion.judge.query_findings import QueryFinding, query_findings
from gantry.promotion.judge.settings import MetricQuery
from tests.unit.promotion.judge.rollouts import at, query_minutes

Value = float | tuple[float | None, float | None] | None
AT_MOST = MetricQuery("queue", {}, "q", at_most=5)
AT_LEAST = MetricQuery("queue", {}, "q", at_least=5)
ABOVE = MetricQuery("queue", {}, "q", above_stable=5)


def found(query: MetricQuery, *values: Value, compares: bool = True, late: int = 0) -> QueryFinding:
    until = at(len(values) + late)
    evidence = TargetEvidence((), until, {"queue": query_minutes(*values)})
    (only,) = query_findings([query], evidence, compares=compares)
    return only


@pytest.mark.parametrize(
    ("query", "values", "harm"),
    [
        (AT_MOST, (1, 6, 7, 8), "was above 5 (8) for 3 minutes in a row, until 12:03 UTC"),
        (AT_LEAST, (1, 2, 3, 9), "was below 5 (3) for 3 minutes in a row, until 12:02 UTC"),
        (
            ABOVE,
            ((9, 3), (9, 3), (9, 3)),
            "was above the stable version's 3 by more than 5 (9) for 3 minutes in a row, until 12:02 UTC",
        ),
        (MetricQuery("queue", {}, "q", at_most=5, minutes=1), (6,), "was above 5 (6) for a minute, until 12:00 UTC"),
    ],
)
def test_enough_worse_minutes_in_a_row_show_harm(query: MetricQuery, values: tuple[Value, ...], harm: str) -> None:
    assert found(query, *values).harm == f"the query “queue” {harm}"


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (AT_MOST, (6, 6, 5, 6, 6)),
        (AT_MOST, (6, 6, None, 6, 6)),
        (AT_LEAST, (5, 5, 5)),
        (ABOVE, ((9, 3), (9, 4), (9, 3))),
        (ABOVE, ((9, None), (9, None), (9, None))),
    ],
)
def test_fewer_or_scattered_minutes_do_not(query: MetricQuery, values: tuple[Value, ...]) -> None:
    assert found(query, *values).harm is None


def test_the_newest_value_is_reported() -> None:
    assert found(AT_MOST, 1, 2, None) == QueryFinding("queue", 2, None, None)


@pytest.mark.parametrize("values", [(), (None, None), ((None, 3.0),)])
def test_a_query_that_never_had_a_value_is_unknown(values: tuple[Value, ...]) -> None:
    assert found(AT_MOST, *values).unknown == "the query “queue” has no value"


def test_a_query_to_compare_needs_both_values() -> None:
    assert found(ABOVE, (1, None), (None, 1)).unknown == "the query “queue” has no value"


def test_a_query_whose_last_value_is_too_old_is_unknown() -> None:
    assert found(AT_MOST, 1, None, None).unknown is None
    assert found(AT_MOST, 1, None, None, None).unknown == "the query “queue” has no value since 12:00 UTC"
    assert found(AT_MOST, 1, late=3).unknown == "the query “queue” has no value since 12:00 UTC"


def test_without_a_known_end_the_newest_minute_is_the_end() -> None:
    minutes = query_minutes(1, None, None, None)
    assert minutes[-1].at - minutes[0].at == timedelta(minutes=3)
    (only,) = query_findings([AT_MOST], TargetEvidence(queries={"queue": minutes}), compares=True)
    assert only.unknown


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_unknown_and_no_harm(value: float) -> None:
    assert found(AT_MOST, value, value, value) == QueryFinding(
        "queue", None, None, "the query “queue” gave what is no number"
    )
    assert found(ABOVE, (9, -math.inf), (9, value), (9, value)).harm is None


def test_without_a_stable_version_queries_that_only_compare_are_left_out() -> None:
    both = MetricQuery("queue", {}, "q", at_most=5, above_stable=1)
    assert query_findings([ABOVE], TargetEvidence(), compares=False) == ()
    assert len(query_findings([ABOVE, both], TargetEvidence(), compares=True)) == 2
    assert len(query_findings([both], TargetEvidence(), compares=False)) == 1
