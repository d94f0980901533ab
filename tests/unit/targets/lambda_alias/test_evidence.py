"""What happens when CloudWatch refuses a call. What it answers otherwise, the contract suite tests."""

from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gantry.aws.metric_data import MetricData
from gantry.promotion.judge.evidence import EvidenceRequest, RevisionMinute, TargetEvidence
from gantry.promotion.judge.settings import MetricQuery, QueriedMetric
from gantry.targets.lambda_alias.evidence import VersionEvidence
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from tests.unit.targets.fake_cloudwatch import FakeCloudWatch

BEGAN = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
GOOD, BAD = (MetricQuery(each, {"a": QueriedMetric("Shop", each, "Sum")}, "a", at_most=1) for each in ("good", "bad"))
OPERATION = "get_metric_data"


@pytest.fixture
def cloudwatch() -> FakeCloudWatch:
    there = FakeCloudWatch()
    there.serve("cowsay", "live", "8", BEGAN, times=3)
    there.put("good", BEGAN, 5)
    return there


def collect(cloudwatch: FakeCloudWatch, target: LambdaTarget, *queries: MetricQuery) -> TargetEvidence:
    request = EvidenceRequest("8", "7", BEGAN, BEGAN + timedelta(minutes=1), queries=queries)
    return evidence(cloudwatch, target).collect(request)


def evidence(cloudwatch: FakeCloudWatch, target: LambdaTarget) -> VersionEvidence:
    """With versions whose timeout is 10 seconds."""
    timeouts: Any = SimpleNamespace(longest=lambda *_: timedelta(seconds=10))
    metrics = MetricData(cast("Any", cloudwatch), target.as_target())
    return VersionEvidence(metrics, target.as_target(), timeouts, timedelta(seconds=20))


def test_everything_is_asked_for_in_one_call(cloudwatch: FakeCloudWatch, target: LambdaTarget) -> None:
    found = collect(cloudwatch, target, GOOD, BAD)

    assert cloudwatch.calls[OPERATION] == 1
    assert found.minutes[0].canary == RevisionMinute(3, 0)
    assert [each.canary for each in found.queries["good"]] == [5]
    assert [each.canary for each in found.queries["bad"]] == [None]


def test_an_invalid_query_spoils_no_other_one(cloudwatch: FakeCloudWatch, target: LambdaTarget) -> None:
    cloudwatch.refuse(OPERATION, "ValidationError", "one of them is invalid")
    cloudwatch.before(OPERATION, lambda: None)
    cloudwatch.before(OPERATION, lambda: None)
    cloudwatch.refuse(OPERATION, "ValidationError", "Error in expression 'own1_canary'")

    found = collect(cloudwatch, target, GOOD, BAD)

    assert cloudwatch.calls[OPERATION] == 4
    assert found.minutes[0].canary == RevisionMinute(3, 0)
    assert [each.canary for each in found.queries["good"]] == [5]
    (reason,) = found.unknown
    assert reason.startswith("the query “bad”: CloudWatch in 222222222222/us-east-1 refuses it (ValidationError")


def test_a_throttled_call_is_not_made_again_and_again(cloudwatch: FakeCloudWatch, target: LambdaTarget) -> None:
    cloudwatch.refuse(OPERATION, "Throttling", "Rate exceeded")

    found = collect(cloudwatch, target, GOOD)

    assert cloudwatch.calls[OPERATION] == 1
    assert (found.minutes, found.complete_until) == ((), None)
    assert "Rate exceeded" in found.unknown[0]


def test_a_slow_cloudwatch_is_not_asked_for_each_query_alone(
    cloudwatch: FakeCloudWatch, target: LambdaTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = count(step=6)
    monkeypatch.setattr("gantry.aws.deadline.time", SimpleNamespace(monotonic=lambda: next(clock)))
    cloudwatch.refuse(OPERATION, "ValidationError", "one of them is invalid")

    found = collect(cloudwatch, target, GOOD, BAD)

    assert cloudwatch.calls[OPERATION] == 3, "all, Lambda's own, and the first one alone"
    assert found.minutes[0].canary == RevisionMinute(3, 0)
    assert [each.canary for each in found.queries["good"]] == [5]
    assert found.unknown == ("the query “bad”: there was no time left to ask CloudWatch: the next look asks again",)


@pytest.mark.parametrize("queries", [(), (GOOD,)])
def test_when_lambdas_own_metrics_are_refused_nothing_is_known(
    cloudwatch: FakeCloudWatch, target: LambdaTarget, queries: tuple[MetricQuery, ...]
) -> None:
    cloudwatch.refuse(OPERATION, "ValidationError", "no such statistic", times=2)

    found = collect(cloudwatch, target, *queries)

    assert found.minutes == ()
    assert "no such statistic" in found.unknown[0]


def test_before_a_minute_is_complete_cloudwatch_is_not_asked(cloudwatch: FakeCloudWatch, target: LambdaTarget) -> None:
    found = evidence(cloudwatch, target).collect(EvidenceRequest("8", "7", BEGAN, BEGAN + timedelta(seconds=59)))

    assert found == TargetEvidence()
    assert cloudwatch.calls[OPERATION] == 0
