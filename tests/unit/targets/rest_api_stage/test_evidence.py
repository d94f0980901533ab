"""What the two metrics of a stage's access log say. What the contract suite tests of all kinds is not repeated here."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from gantry.aws.metric_data import MetricData
from gantry.promotion.judge.evidence import Durations, EvidenceRequest, RevisionMinute, TargetEvidence
from gantry.promotion.judge.settings import MetricQuery, QueriedMetric
from gantry.promotion.target import Target
from gantry.targets.rest_api_stage.evidence import StageEvidence, StageMetrics
from tests.unit.targets.fake_cloudwatch import FakeCloudWatch

BEGAN = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
MINUTE, DELAY = timedelta(minutes=1), timedelta(seconds=90)
TARGET = Target("apigateway", "222222222222", "us-east-1", "apigateway/a1b2c3/live", "arn")
STAGE = StageMetrics("RestApi", "a1b2c3", "live")
LATER = BEGAN + timedelta(minutes=10)


@pytest.fixture
def cloudwatch() -> FakeCloudWatch:
    return FakeCloudWatch()


def evidence(cloudwatch: FakeCloudWatch) -> StageEvidence:
    return StageEvidence(MetricData(cast("Any", cloudwatch), TARGET), STAGE, DELAY)


def serve(cloudwatch: FakeCloudWatch, mark: str, at: datetime, *milliseconds: float, failed: int = 0) -> None:
    """Let the access log have these requests, as the metric filters count them."""
    for each in milliseconds:
        cloudwatch.put("Latency", at, each, "a1b2c3", "live", mark)
    for _ in range(failed):
        cloudwatch.put("ServerErrors", at, 1, "a1b2c3", "live", mark)


def collect(cloudwatch: FakeCloudWatch, **changes: Any) -> TargetEvidence:
    given: dict[str, Any] = {"canary": "d2", "stable": "d1", "since": BEGAN, "now": LATER} | changes
    return evidence(cloudwatch).collect(EvidenceRequest(**given))


def test_the_log_tells_canary_and_stable_deployment_apart(cloudwatch: FakeCloudWatch) -> None:
    serve(cloudwatch, "true", BEGAN, 100, 900, failed=1)
    serve(cloudwatch, "false", BEGAN, *[50] * 9)

    found = collect(cloudwatch, slow_after_ms=800).minutes[0]

    assert (found.canary, found.stable) == (RevisionMinute(2, 1, 1), RevisionMinute(9, 0, 0))


def test_a_minute_without_errors_has_none_and_one_without_requests_is_unknown(cloudwatch: FakeCloudWatch) -> None:
    serve(cloudwatch, "true", BEGAN + MINUTE, 100)

    first, second = collect(cloudwatch).minutes[:2]

    assert first.canary == first.stable == second.stable == RevisionMinute(None, None)
    assert second.canary == RevisionMinute(1, 0)


def test_a_minute_counts_once_its_longest_request_has_ended_and_was_counted(cloudwatch: FakeCloudWatch) -> None:
    ended = BEGAN.replace(second=0) + MINUTE + timedelta(seconds=29) + DELAY

    assert collect(cloudwatch, now=ended).complete_until == BEGAN.replace(second=0) + MINUTE
    assert collect(cloudwatch, now=ended - timedelta(seconds=1)) == TargetEvidence()
    assert cloudwatch.calls["get_metric_data"] == 1


def test_with_all_traffic_only_requests_count_that_cannot_have_been_the_older_deployments(
    cloudwatch: FakeCloudWatch,
) -> None:
    for number in range(3):
        serve(cloudwatch, "-", BEGAN + number * MINUTE, *[10] * (number + 1))

    found = collect(cloudwatch, stable=None)

    assert found.minutes[0].at == BEGAN.replace(second=0) + MINUTE
    assert [each.canary.requests for each in found.minutes[:2]] == [2, 3]
    assert {each.stable for each in found.minutes} == {RevisionMinute(None, None)}
    late = collect(cloudwatch, stable=None, since=BEGAN.replace(second=40))
    assert late.minutes[0].at == BEGAN.replace(second=0) + 2 * MINUTE, "a request of 29 s may end in the minute after"


def test_durations_and_own_queries_are_of_both(cloudwatch: FakeCloudWatch) -> None:
    serve(cloudwatch, "true", BEGAN, 10, 20, 30)
    cloudwatch.put("Orders", BEGAN, 4)
    query = MetricQuery("orders", {"a": QueriedMetric("Shop", "Orders", "Sum")}, "a", at_least=1)

    found = collect(cloudwatch, queries=(query,))

    assert (found.canary_durations, found.stable_durations) == (Durations(20, 30, 30), None)
    assert [each.canary for each in found.queries["orders"]][:1] == [4]


def test_own_queries_tell_the_revisions_apart_as_the_access_log_does(cloudwatch: FakeCloudWatch) -> None:
    cloudwatch.put("Orders", BEGAN, 4, "true")
    cloudwatch.put("Orders", BEGAN, 7, "false")
    orders = QueriedMetric("Shop", "Orders", "Sum", {"isCanary": "{revision}"})
    query = MetricQuery("orders", {"a": orders}, "a", above_stable=1)

    first = collect(cloudwatch, queries=(query,)).queries["orders"][0]

    assert (first.canary, first.stable) == (4, 7)


@pytest.mark.parametrize("status", ["PartialData", "Forbidden"])
def test_counts_that_cannot_be_relied_on_are_unknown_and_say_of_what(cloudwatch: FakeCloudWatch, status: str) -> None:
    serve(cloudwatch, "true", BEGAN, 100)
    cloudwatch.status = status

    found = collect(cloudwatch)

    assert {each.canary for each in found.minutes} == {RevisionMinute(None, None)}
    assert "Latency of deployment d2, ServerErrors of deployment d2" in found.unknown[0]


def test_a_refused_call_is_the_reason_why_nothing_is_known(cloudwatch: FakeCloudWatch) -> None:
    cloudwatch.refuse("get_metric_data", "Throttling", "Rate exceeded", times=2)

    assert "Rate exceeded" in collect(cloudwatch).unknown[0]
    assert evidence(cloudwatch).requests_per_second(BEGAN, LATER) is None


def test_all_requests_of_a_stage_count_for_its_rate_with_a_canary_or_without(cloudwatch: FakeCloudWatch) -> None:
    assert evidence(cloudwatch).requests_per_second(BEGAN, LATER) is None, "no data is not no traffic"
    for mark, times in {"true": 60, "false": 240, "-": 300}.items():
        serve(cloudwatch, mark, BEGAN, *[10] * times)

    assert evidence(cloudwatch).requests_per_second(BEGAN, LATER) == 1.0
