import math
from datetime import UTC, datetime, timedelta

import pytest

from gantry.aws.metric_data import Series
from gantry.promotion.judge.counting import slow_counts
from gantry.promotion.judge.evidence import Durations, EvidenceRequest, QueryMinute, RevisionMinute, TargetEvidence
from gantry.promotion.judge.settings import MetricQuery, QueriedMetric
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.metric_queries import VersionQueries
from gantry.targets.lambda_alias.version_series import VersionSeries

SINCE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = SINCE + timedelta(minutes=1)
QUERY = MetricQuery("sales", {"a": QueriedMetric("Shop", "Orders", "Sum")}, "a", above_stable=1)
NOTHING = RevisionMinute(None, None)
ENDS = ("invocations", "errors", "throttles", "timed", "slow", "p50", "p90", "p99")


def evidence(
    series: dict[str, Series], slow_after_ms: int | None = None, stable: str | None = "7", refused: str = ""
) -> TargetEvidence:
    """The evidence of two minutes, in which everything that is not given is empty."""
    target = LambdaTarget("222222222222", "us-east-1", "cowsay", "live")
    request = EvidenceRequest("8", stable, SINCE, SINCE + timedelta(hours=1), slow_after_ms, (QUERY,))
    empty = {f"{role}_{end}": Series() for role in ("canary", "stable") for end in ENDS}
    own = {} if refused else {"own0_canary": Series(), "own0_stable": Series()}
    queries = VersionQueries(request, SINCE, SINCE + timedelta(minutes=2), target)
    return VersionSeries(queries, empty | own | series, {"sales": refused} if refused else {}).evidence()


def counts(
    invocations: float | None, errors: float | None, throttles: float | None, role: str = "canary"
) -> dict[str, Series]:
    given = {"invocations": invocations, "errors": errors, "throttles": throttles}
    return {f"{role}_{end}": Series({} if value is None else {SINCE: value}) for end, value in given.items()}


@pytest.mark.parametrize("role", ["canary", "stable"])
@pytest.mark.parametrize(
    ("invocations", "errors", "throttles", "counted"),
    [
        (10, 2, 0, RevisionMinute(10, 2)),
        (10, 2, 5, RevisionMinute(15, 7)),
        (10, 2, None, RevisionMinute(10, 2)),
        (10, None, 0, RevisionMinute(10, None)),
        (None, None, 5, RevisionMinute(5, 5)),
        (None, None, 0, NOTHING),
        (None, 2, None, NOTHING),
        (None, None, None, NOTHING),
        (0, 0, 0, RevisionMinute(0, 0)),
    ],
)
def test_what_lambda_was_too_busy_for_failed_for_its_user_and_a_gap_is_unknown(
    role: str, invocations: float | None, errors: float | None, throttles: float | None, counted: RevisionMinute
) -> None:
    found = evidence(counts(invocations, errors, throttles, role))

    assert getattr(found.minutes[0], role) == counted
    assert getattr(found.minutes[1], role) == NOTHING


def test_every_minute_is_there_also_an_empty_one() -> None:
    found = evidence({})

    assert [each.at for each in found.minutes] == [SINCE, LATER]
    assert {each.canary for each in found.minutes} == {NOTHING}
    assert found.complete_until == SINCE + timedelta(minutes=2)
    assert found.unknown == ()


@pytest.mark.parametrize("end", ["invocations", "errors", "throttles"])
def test_counts_that_cannot_be_relied_on_are_unknown_and_said_to_be(end: str) -> None:
    found = evidence(
        counts(10, 2, 0) | counts(90, 1, 0, "stable") | {f"canary_{end}": Series({SINCE: 1}, "it is partial")}
    )

    assert found.minutes[0].canary == NOTHING
    assert found.minutes[0].stable == RevisionMinute(90, 1)
    assert found.unknown == (f"{end.capitalize()} of version 8: it is partial",)


def test_one_trouble_is_said_once() -> None:
    found = evidence({f"{role}_errors": Series(trouble="it is partial") for role in ("canary", "stable")})

    assert found.unknown == ("Errors of version 8, Errors of version 7: it is partial",)


@pytest.mark.parametrize(
    ("slow", "timed", "canary", "stable"),
    [
        (3.0, 10.0, 3, 3),
        (3.2, 10.0, 4, 3),
        (3.8, 10.0, 4, 3),
        (3.0000000001, 10.0, 3, 3),
        (2.9999999999, 10.0, 3, 3),
        (9.5, 9.0, 9, 9),
        (None, 10.0, 0, 0),
        (3.0, None, None, None),
        (math.nan, 10.0, None, None),
        (None, None, None, None),
    ],
)
def test_an_interpolated_count_of_slow_requests_is_rounded_against_the_canary(
    slow: float | None, timed: float | None, canary: float | None, stable: float | None
) -> None:
    given = {
        f"{role}_{end}": Series({} if value is None else {SINCE: value})
        for role in ("canary", "stable")
        for end, value in (("slow", slow), ("timed", timed))
    }

    first = evidence(counts(10, 0, 0) | counts(10, 0, 0, "stable") | given, slow_after_ms=500).minutes[0]

    assert (first.canary.slow, first.stable.slow) == (canary, stable)


@pytest.mark.parametrize("role", ["canary", "stable"])
def test_a_minute_with_nothing_but_throttles_had_no_slow_request_and_is_no_problem(role: str) -> None:
    found = evidence(counts(None, None, 5, role), slow_after_ms=500)

    assert getattr(found.minutes[0], role) == RevisionMinute(5, 5, 0)
    assert getattr(found.minutes[1], role) == NOTHING
    assert slow_counts(found.minutes).problems == ()


@pytest.mark.parametrize("end", ["slow", "timed"])
def test_without_the_slow_requests_the_failed_ones_still_count(end: str) -> None:
    found = evidence(counts(10, 2, 0) | {f"canary_{end}": Series({SINCE: 1}, "it is partial")}, slow_after_ms=500)

    assert found.minutes[0].canary == RevisionMinute(10, 2, None)
    assert len(found.unknown) == 1


def test_a_query_has_a_value_of_both_versions_for_every_minute() -> None:
    found = evidence({"own0_canary": Series({SINCE: 1.5}), "own0_stable": Series({LATER: 2.5})})

    assert found.queries == {"sales": (QueryMinute(SINCE, 1.5, None), QueryMinute(LATER, None, 2.5))}


def test_without_a_stable_version_a_comparison_has_the_canarys_values_only() -> None:
    found = evidence({"own0_canary": Series({SINCE: 1.5})}, stable=None)

    assert found.queries["sales"][0] == QueryMinute(SINCE, 1.5, None)
    assert (found.minutes[0].stable, found.stable_durations) == (NOTHING, None)


@pytest.mark.parametrize("role", ["canary", "stable"])
def test_a_query_that_cannot_be_relied_on_has_a_reason_in_place_of_values(role: str) -> None:
    found = evidence({f"own0_{role}": Series({SINCE: 1.5}, "it is partial")} | counts(10, 0, 0))

    assert (found.queries, found.unknown) == ({}, ("the query “sales”: it is partial",))
    assert found.minutes[0].canary.requests == 10


def test_a_query_that_was_refused_has_the_reason() -> None:
    found = evidence({}, refused="CloudWatch refuses it")

    assert (found.queries, found.unknown) == ({}, ("the query “sales”: CloudWatch refuses it",))


def test_of_durations_that_two_periods_have_the_longer_one_is_told() -> None:
    given = {
        f"canary_{each}": Series({SINCE: value, LATER: 5}) for each, value in zip(ENDS[5:], (4, 60, 90), strict=True)
    }

    found = evidence(given)

    assert (found.canary_durations, found.stable_durations) == (Durations(5, 60, 90), None)


@pytest.mark.parametrize("missing", [Series(), Series({SINCE: 9}, "it is partial")])
def test_without_one_percentile_no_durations_are_told_and_nothing_is_unknown(missing: Series) -> None:
    given = {f"canary_{each}": Series({SINCE: 7}) for each in ("p50", "p90")} | {"canary_p99": missing}

    found = evidence(given)

    assert (found.canary_durations, found.unknown) == (None, ())
