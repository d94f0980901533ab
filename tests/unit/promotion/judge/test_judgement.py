import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.judge.alarm_facts import AlarmChange, AlarmFacts
from gantry.promotion.judge.evidence import Durations, Minute, RevisionMinute, TargetEvidence
from gantry.promotion.judge.settings import JudgeSettings, MetricQuery
from gantry.promotion.judge.verdict import Health, Judgement, judge
from tests.unit.promotion.judge.rollouts import at, evidence, minute, query_minutes, rollout

ALARM = AlarmChange("errors", "2026-11-22T12:03:00.000Z", "3 errors")
QUIET = AlarmFacts()
QUERY = MetricQuery("orders", {}, "orders", at_least=5)
SETTINGS = JudgeSettings()
measured = (
    st.none() | st.floats(0, 40).map(float) | st.floats(allow_nan=True, allow_infinity=True) | st.integers(-3, 40)
)


def judged(seen: TargetEvidence, alarms: AlarmFacts = QUIET, *, compares: bool = True, **changed: Any) -> Judgement:
    return judge(seen, alarms, replace(SETTINGS, **changed), compares=compares)


def test_a_canary_that_is_like_the_stable_version_is_healthy() -> None:
    found = judged(rollout(10))
    assert found.verdict is Health.HEALTHY
    assert found.reasons == (
        "0 of 600 requests failed, 0 of 5,400 on the stable version: worse by at most 0.9 points, and 2 are tolerated",
    )
    assert found.is_seen_enough


def test_a_canary_that_fails_often_is_unhealthy_and_the_sentence_says_by_how_much() -> None:
    found = judged(rollout(4, canary=(60.0, 12.0), stable=(540.0, 1.0)))
    assert found.verdict is Health.UNHEALTHY
    assert found.reasons == (
        "48 of 240 requests failed, 4 of 2,160 on the stable version: worse by at least 11.6 points, and 2 are "
        "tolerated",
    )


def test_a_canary_is_not_shown_to_be_worse_by_a_stable_version_that_fails_as_often() -> None:
    assert judged(rollout(30, canary=(60.0, 12.0), stable=(540.0, 108.0))).verdict is not Health.UNHEALTHY


def test_too_few_requests_are_inconclusive_and_it_says_what_would_help() -> None:
    found = judged(rollout(2, canary=(6.0, 0.0), stable=(54.0, 0.0)))
    assert found.verdict is Health.INCONCLUSIVE
    assert found.is_seen_enough
    assert found.reasons[0].startswith("0 of 12 requests failed, 0 of 108 on the stable version: ")
    assert found.reasons[1].endswith("more requests of the new version would decide, if it goes on like this")


def test_without_any_minute_nothing_is_known() -> None:
    found = judged(TargetEvidence())
    assert found.verdict is Health.INCONCLUSIVE
    assert not found.is_seen_enough
    assert found.reasons[0].startswith("no minute of the rollout is counted yet")
    assert "smaller weight" not in str(found.reasons), "that would not help"


@pytest.mark.parametrize(
    ("canary", "stable", "name"),
    [((None, None), (540.0, 0.0), "the new version"), ((60.0, 0.0), (None, None), "the stable version")],
)
def test_a_version_without_any_data_point_is_unknown_and_never_zero(
    canary: tuple[float | None, ...], stable: tuple[float | None, ...], name: str
) -> None:
    found = judged(rollout(60, canary, stable))
    assert found.verdict is Health.INCONCLUSIVE
    assert not found.is_seen_enough
    assert f"CloudWatch has no requests of {name}" in found.reasons


def test_a_minute_without_a_data_point_among_others_had_no_requests() -> None:
    quiet = evidence(*(minute(n, (60.0, 0.0) if n % 2 else (None, None)) for n in range(20)))
    assert judged(quiet).verdict is Health.HEALTHY
    assert judged(quiet).evidence["minutes_with_requests"] == 10


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ((math.nan, 0.0), "has nan requests, which is no number of requests"),
        ((math.inf, 0.0), "has inf requests, which is no number of requests"),
        ((-5.0, 0.0), "has -5 requests, which is no number of requests"),
        ((60.0, math.nan), "has nan failed requests, which is no number of requests"),
        ((60.0, -1.0), "has -1 failed requests, which is no number of requests"),
        ((60.0, 61.0), "has more failed requests than requests"),
        ((None, 1.0), "has more failed requests than requests"),
        ((60.0, None), "has requests, but it is unknown how many failed"),
    ],
)
@pytest.mark.parametrize("is_canary", [True, False])
def test_a_minute_with_impossible_counts_is_left_out_and_never_healthy(
    bad: tuple[float | None, ...], problem: str, is_canary: bool
) -> None:
    name = "the new version" if is_canary else "the stable version"
    odd = minute(3, bad) if is_canary else minute(3, (60.0, 0.0), bad)
    found = judged(evidence(*rollout(3).minutes, odd, *(minute(n, (60.0, 0.0)) for n in range(4, 20))))
    assert found.verdict is Health.INCONCLUSIVE
    assert not found.is_seen_enough
    assert found.reasons[0] == f"the minute 12:03 UTC is left out: {name} {problem}"
    assert found.evidence["failed"]["canary"]["requests"] == 19 * 60


def test_many_bad_minutes_are_one_sentence() -> None:
    found = judged(rollout(5, canary=(60.0, 61.0)))
    assert found.reasons[0] == (
        "the minute 12:00 UTC (and 4 more) is left out: the new version has more failed requests than requests"
    )


def test_harm_is_shown_although_one_minute_is_unknown() -> None:
    found = judged(evidence(minute(0, (60.0, None)), *(minute(n, (60.0, 60.0)) for n in (1, 2))))
    assert found.verdict is Health.UNHEALTHY


@pytest.mark.parametrize("numbers", [(0, 1, 3), (0, 2, 1), (0, 1, 1)])
def test_minutes_that_are_not_in_one_row_are_inconclusive(numbers: tuple[int, ...]) -> None:
    found = judged(evidence(*(minute(n, (600.0, 0.0)) for n in numbers)))
    assert found.verdict is Health.INCONCLUSIVE
    assert "are not in one row" in found.reasons[0]


def test_what_could_not_be_asked_is_inconclusive_with_the_reason() -> None:
    found = judged(rollout(20, unknown=("CloudWatch refused the call",)))
    assert found.verdict is Health.INCONCLUSIVE
    assert found.reasons[0] == "CloudWatch refused the call"
    assert not found.is_seen_enough


def test_an_alarm_outweighs_every_number() -> None:
    found = judged(rollout(20), AlarmFacts(changes=(ALARM,)))
    assert found.verdict is Health.UNHEALTHY
    assert found.reasons == ("the alarm “errors” changed to ALARM at 2026-11-22T12:03:00.000Z: “3 errors”",)


def test_an_alarm_that_was_firing_before_is_no_evidence_and_is_said() -> None:
    found = judged(rollout(20), AlarmFacts(firing_before=("errors",)))
    assert found.verdict is Health.HEALTHY
    assert found.notes == ("the alarm “errors” was firing before the rollout began, so it cannot be evidence",)


def test_a_canary_that_fails_every_request_is_unhealthy_although_its_alarm_was_firing_before() -> None:
    assert judged(rollout(1, (60.0, 60.0)), AlarmFacts(firing_before=("errors",))).verdict is Health.UNHEALTHY


def test_alarms_that_are_unknown_are_inconclusive_with_the_reason() -> None:
    found = judged(rollout(20), AlarmFacts(unknown=("the alarms: CloudWatch throttles calls",)))
    assert found.verdict is Health.INCONCLUSIVE
    assert found.reasons[0] == "the alarms: CloudWatch throttles calls"
    assert not found.is_seen_enough


def test_an_alarm_without_data_is_inconclusive() -> None:
    found = judged(rollout(20), AlarmFacts(without_data=("errors",)))
    assert found.verdict is Health.INCONCLUSIVE
    assert found.reasons[0] == "the alarm “errors” has no data"
    assert not found.is_seen_enough


def test_the_manifests_minimums_have_to_be_reached() -> None:
    found = judged(rollout(10), minimum_requests=601, minimum_minutes=11)
    assert found.verdict is Health.INCONCLUSIVE
    assert not found.is_seen_enough
    assert found.reasons[:2] == (
        "the new version had 600 of at least 601 requests",
        "it had requests in 10 of at least 11 minutes",
    )
    assert judged(rollout(10), minimum_requests=600, minimum_minutes=10).verdict is Health.HEALTHY


def test_slow_requests_are_a_comparison_of_their_own() -> None:
    slow = rollout(10, canary=(60.0, 0.0, 20.0))
    assert judged(slow).verdict is Health.HEALTHY
    found = judged(slow, slow_after_ms=1_500)
    assert found.verdict is Health.UNHEALTHY
    assert found.reasons[0].startswith(
        "200 of 600 requests took longer than 1,500 ms, 0 of 5,400 on the stable version"
    )
    assert judged(rollout(10), slow_after_ms=1_500).verdict is Health.HEALTHY


def test_it_takes_all_comparisons_to_be_healthy() -> None:
    found = judged(rollout(10, canary=(60.0, 0.0, 1.5)), slow_after_ms=800)
    assert found.verdict is Health.INCONCLUSIVE
    assert (
        judged(rollout(10, canary=(60.0, 0.0, None)), slow_after_ms=800)
        .reasons[0]
        .endswith("the new version has requests, but it is unknown how many were slow")
    )


def test_interpolated_counts_are_rounded_against_the_canary() -> None:
    found = judged(rollout(1, canary=(60.0, 0.0, 0.2), stable=(540.0, 0.0, 0.8)), slow_after_ms=800)
    assert found.evidence["slow"]["canary"]["bad"] == 1
    assert found.evidence["slow"]["stable"]["bad"] == 0


def test_a_query_that_shows_harm_is_unhealthy_and_one_without_data_inconclusive() -> None:
    bad = rollout(10, queries={"orders": query_minutes(9, 4, 4, 4)})
    assert judged(bad, queries=(QUERY,)).verdict is Health.UNHEALTHY
    silent = judged(rollout(10), queries=(QUERY,))
    assert silent.verdict is Health.INCONCLUSIVE
    assert silent.reasons[0] == "the query “orders” has no value"


def test_without_a_stable_version_only_alarms_and_queries_with_a_limit_count() -> None:
    found = judged(rollout(10, canary=(60.0, 60.0), stable=(None, None)), compares=False)
    assert found.verdict is Health.HEALTHY
    assert found.evidence["compared"] is False
    assert judged(rollout(1), AlarmFacts(changes=(ALARM,)), compares=False).verdict is Health.UNHEALTHY
    assert judged(rollout(1), compares=False, queries=(QUERY,)).verdict is Health.INCONCLUSIVE
    against_stable = replace(QUERY, at_least=None, above_stable=1.0)
    assert judged(rollout(1), compares=False, queries=(against_stable,)).verdict is Health.HEALTHY


def test_a_canary_that_was_good_and_has_become_bad_is_unhealthy_within_minutes() -> None:
    good = rollout(60).minutes
    found = judged(evidence(*good, *(minute(n, (60.0, 30.0)) for n in (60, 61))))
    assert found.verdict is Health.UNHEALTHY


def test_the_numbers_are_small_json_whatever_the_names_are() -> None:
    names = tuple("x" * 200 + str(n) for n in range(30))
    seen = rollout(
        20, canary_durations=Durations(1.23456, 20, math.nan), stable_durations=Durations(1, 2, 3), queries={}
    )
    queries = tuple(replace(QUERY, name=name) for name in names)
    alarms = AlarmFacts(tuple(AlarmChange(name, "", "") for name in names), names, names)
    numbers = judged(seen, alarms, queries=queries, slow_after_ms=1).evidence
    assert len(json.dumps(numbers, allow_nan=False)) <= 1_500
    assert numbers["durations"]["canary"] == {"p50": 1.235, "p90": 20, "p99": None}


@given(st.lists(st.tuples(*[measured] * 6), max_size=5), st.booleans())
@settings(deadline=None)
def test_whatever_was_measured_there_is_a_verdict_and_no_impossible_count_is_healthy(
    rows: list[tuple[float | None, ...]], with_slow: bool
) -> None:
    minutes = tuple(Minute(at(n), RevisionMinute(*row[:3]), RevisionMinute(*row[3:])) for n, row in enumerate(rows))
    found = judge(evidence(*minutes), QUIET, replace(SETTINGS, slow_after_ms=5 if with_slow else None))
    json.dumps(found.evidence, allow_nan=False)
    impossible = any(value is not None and not 0 <= value < math.inf for row in rows for value in (*row[:2], *row[3:5]))
    if impossible or not rows:
        assert found.verdict is not Health.HEALTHY
        assert not found.is_seen_enough
