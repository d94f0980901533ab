"""What the load balancer's metrics say. What the contract suite tests of all kinds is not repeated here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from gantry.aws.metric_data import MetricData
from gantry.promotion.judge.evidence import Durations, EvidenceRequest, RevisionMinute, TargetEvidence
from gantry.promotion.judge.settings import MetricQuery, QueriedMetric
from gantry.promotion.target import Target
from gantry.targets.ecs_service.evidence import TargetGroupEvidence
from tests.unit.targets.ecs_service.described_service import Described, balancer, service, service_revision
from tests.unit.targets.fake_client import refused
from tests.unit.targets.fake_cloudwatch import FakeCloudWatch
from tests.unit.targets.fake_load_balancers import BLUE, GREEN, put, serve

BEGAN = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
FIRST, MINUTE, DELAY = BEGAN.replace(second=0), timedelta(minutes=1), timedelta(seconds=90)
LATER = BEGAN + timedelta(minutes=10)
TARGET = Target("ecs", "222222222222", "us-east-1", "ecs/main/cowsay", "arn")
NOTHING = RevisionMinute(None, None)
STABLE, CANARY = BLUE, GREEN
"""The groups of `cowsay:1` and `cowsay:2`."""
BESIDE_EACH_OTHER = Described.of(service_revision("cowsay:1", STABLE), service_revision("cowsay:2", CANARY, number=2))


@pytest.fixture
def cloudwatch() -> FakeCloudWatch:
    return FakeCloudWatch()


@dataclass
class Ecs:
    """What ECS answers when it is asked for the service."""

    described: Described | None = field(default_factory=lambda: BESIDE_EACH_OTHER)
    error: Exception | None = None

    def describe(self) -> Described | None:
        if self.error:
            raise self.error
        return self.described


@pytest.fixture
def ecs() -> Ecs:
    return Ecs()


@pytest.fixture
def evidence(cloudwatch: FakeCloudWatch, ecs: Ecs) -> TargetGroupEvidence:
    return TargetGroupEvidence(MetricData(cast("Any", cloudwatch), TARGET), ecs.describe, DELAY)


def collect(evidence: TargetGroupEvidence, **changes: Any) -> TargetEvidence:
    given: dict[str, Any] = {"canary": "cowsay:2", "stable": "cowsay:1", "since": BEGAN, "now": LATER} | changes
    return evidence.collect(EvidenceRequest(**given))


def orders(
    name: str = "orders", dimensions: Mapping[str, str] | None = None, *, above_stable: float | None = None
) -> MetricQuery:
    """Return a query of a team's own metric."""
    metric = QueriedMetric("Shop", "Orders", "Sum", dimensions or {})
    return MetricQuery(name, {"a": metric}, "a", at_least=None if above_stable else 1, above_stable=above_stable)


def test_each_revision_is_counted_by_its_own_target_group(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch
) -> None:
    serve(cloudwatch, CANARY, BEGAN, 5, failed=2)
    serve(cloudwatch, STABLE, BEGAN, 40, failed=1)

    first = collect(evidence).minutes[0]

    assert (first.canary, first.stable) == (RevisionMinute(5, 2), RevisionMinute(40, 1))


@pytest.mark.parametrize("answer", [2, 3, 4])
def test_every_answer_of_a_task_but_a_server_error_is_a_success(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch, answer: int
) -> None:
    put(cloudwatch, CANARY, "RequestCount", BEGAN, 7)
    put(cloudwatch, CANARY, f"HTTPCode_Target_{answer}XX_Count", BEGAN, 7)

    assert collect(evidence).minutes[0].canary == RevisionMinute(7, 0)


def test_what_no_task_answers_has_failed_although_no_target_group_counts_that(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch
) -> None:
    serve(cloudwatch, CANARY, BEGAN, 4, failed=1)
    put(cloudwatch, CANARY, "RequestCount", BEGAN, 3)
    put(cloudwatch, STABLE, "RequestCount", BEGAN, 2)

    first = collect(evidence).minutes[0]

    assert (first.canary, first.stable) == (RevisionMinute(7, 4), RevisionMinute(2, 2))


def test_a_connection_that_fails_counts_once(evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch) -> None:
    serve(cloudwatch, CANARY, BEGAN, 4)
    put(cloudwatch, CANARY, "RequestCount", BEGAN, 3)
    put(cloudwatch, CANARY, "TargetConnectionErrorCount", BEGAN, 3)

    assert collect(evidence).minutes[0].canary == RevisionMinute(7, 3)


def test_a_minute_that_is_counted_in_part_counts_against_the_canary_only(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch
) -> None:
    for group in (CANARY, STABLE):
        put(cloudwatch, group, "RequestCount", BEGAN, 1)
        put(cloudwatch, group, "HTTPCode_Target_5XX_Count", BEGAN, 3)
        put(cloudwatch, group, "TargetConnectionErrorCount", BEGAN + MINUTE, 2)

    first, second = collect(evidence).minutes[:2]

    assert (first.canary, first.stable) == (RevisionMinute(3, 3), RevisionMinute(1, 1))
    assert (second.canary, second.stable) == (RevisionMinute(2, 2), NOTHING)


def test_a_minute_without_requests_is_unknown_and_zero_requests_are_zero(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch
) -> None:
    put(cloudwatch, CANARY, "RequestCount", BEGAN + MINUTE, 0)

    first, second = collect(evidence).minutes[:2]

    assert first.canary == first.stable == second.stable == NOTHING
    assert second.canary == RevisionMinute(0, 0)


def test_slow_requests_and_durations_are_in_seconds_at_the_load_balancer_only(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch
) -> None:
    for milliseconds in (100, 800, 801):
        serve(cloudwatch, CANARY, BEGAN, 1, milliseconds=milliseconds)
    put(cloudwatch, CANARY, "RequestCount", BEGAN, 5)

    found = collect(evidence, slow_after_ms=800)

    assert found.minutes[0].canary == RevisionMinute(8, 5, 1), "what was never answered is not slow, but failed"
    assert found.canary_durations == Durations(800, 801, 801)
    assert found.stable_durations is None


def test_where_no_task_answers_nothing_is_slow(evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch) -> None:
    put(cloudwatch, CANARY, "RequestCount", BEGAN, 5)

    assert collect(evidence, slow_after_ms=800).minutes[0].canary == RevisionMinute(5, 5, 0)


def test_a_minute_counts_as_soon_as_the_load_balancer_has_sent_it(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch
) -> None:
    sent = FIRST + MINUTE + DELAY

    assert collect(evidence, now=sent).complete_until == FIRST + MINUTE
    assert collect(evidence, now=sent - timedelta(seconds=1)) == TargetEvidence()
    assert cloudwatch.calls["get_metric_data"] == 1


def test_revisions_without_a_group_of_their_own_are_unknown_with_a_reason(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch, ecs: Ecs
) -> None:
    ecs.described = Described.of(service_revision("cowsay:1", STABLE), service_revision("cowsay:2", number=2))
    serve(cloudwatch, STABLE, BEGAN, 9)

    found = collect(evidence)

    assert [found.minutes[0].canary, found.minutes[0].stable] == [NOTHING, RevisionMinute(9, 0)]
    assert found.unknown == (
        "the requests of cowsay:2 are not counted: its tasks are in no target group of their own behind an Application "
        "Load Balancer",
    )


def test_where_nothing_is_compared_a_service_without_groups_can_still_be_healthy(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch, ecs: Ecs
) -> None:
    ecs.described = Described.of(service_revision("cowsay:2"))
    cloudwatch.put("Orders", BEGAN, 4)

    found = collect(evidence, stable=None, queries=(orders(),))

    assert found.unknown == ()
    assert {each.canary for each in found.minutes} == {NOTHING}
    assert found.queries["orders"][0].canary == 4


def test_own_queries_name_a_revision_by_its_target_group(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch
) -> None:
    cloudwatch.put("Orders", BEGAN, 4, "targetgroup/cowsay-green/73e2d6bc24d8a067")
    cloudwatch.put("Orders", BEGAN, 7, "targetgroup/cowsay-blue/73e2d6bc24d8a067")

    found = collect(evidence, queries=(orders(dimensions={"TargetGroup": "{revision}"}, above_stable=1),))

    first = found.queries["orders"][0]
    assert (first.canary, first.stable) == (4, 7)


def test_a_query_that_names_an_unknown_target_group_is_not_asked(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch, ecs: Ecs
) -> None:
    ecs.described = Described.of(service_revision("cowsay:1"), service_revision("cowsay:2", CANARY, number=2))
    cloudwatch.put("Orders", BEGAN, 4)
    cloudwatch.put("Orders", BEGAN, 5, "targetgroup/cowsay-green/73e2d6bc24d8a067")
    named = {"TargetGroup": "{revision}"}

    found = collect(
        evidence, queries=(orders("both", named, above_stable=1), orders("canary", named), orders("neither"))
    )

    assert {name: values[0].canary for name, values in found.queries.items()} == {"canary": 5, "neither": 4}
    assert [each for each in found.unknown if "query" in each] == [
        "the query “both”: {revision} stands for a target group, and it is not known"
    ]


def test_an_ecs_that_does_not_answer_is_the_reason_why_requests_are_unknown(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch, ecs: Ecs
) -> None:
    serve(cloudwatch, CANARY, BEGAN, 9)
    cloudwatch.put("Orders", BEGAN, 4)
    ecs.error = refused("DescribeServices", "ThrottlingException", "Rate exceeded")

    found = collect(evidence, queries=(orders(),))

    assert {each.canary for each in found.minutes} == {NOTHING}
    assert "Rate exceeded" in found.unknown[0]
    assert found.queries["orders"][0].canary == 4
    assert evidence.requests_per_second(BEGAN, LATER) is None


@pytest.mark.parametrize("status", ["PartialData", "Forbidden"])
def test_counts_that_cannot_be_relied_on_are_unknown_and_say_of_what(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch, status: str
) -> None:
    serve(cloudwatch, CANARY, BEGAN, 9)
    cloudwatch.status = status

    found = collect(evidence)

    assert {each.canary for each in found.minutes} == {NOTHING}
    assert "RequestCount of task definition cowsay:2" in found.unknown[0]
    assert evidence.requests_per_second(BEGAN, LATER) is None


def test_a_refused_call_is_the_reason_why_nothing_is_known(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch
) -> None:
    cloudwatch.refuse("get_metric_data", "Throttling", "Rate exceeded", times=2)

    assert "Rate exceeded" in collect(evidence).unknown[0]
    assert evidence.requests_per_second(BEGAN, LATER) is None


def test_the_requests_of_both_groups_are_the_services(
    evidence: TargetGroupEvidence, cloudwatch: FakeCloudWatch, ecs: Ecs
) -> None:
    assert evidence.requests_per_second(BEGAN, LATER) == 0, "a load balancer without requests sends nothing"
    serve(cloudwatch, CANARY, BEGAN, 150)
    serve(cloudwatch, STABLE, BEGAN, 450)

    assert evidence.requests_per_second(BEGAN, LATER) == 1

    for uncounted in (Described(service(loadBalancers=[balancer(rule=None)])), None):
        ecs.described = uncounted
        assert evidence.requests_per_second(BEGAN, LATER) is None, "nothing counts them"
