from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gantry.promotion.judge.evidence import EvidenceRequest
from gantry.promotion.judge.settings import MetricQuery, QueriedMetric
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.metric_queries import VersionQueries
from gantry.targets.rollout_queries import renamed

SINCE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ORDERS = QueriedMetric("Shop", "Orders", "Sum", {"Version": "v{revision}", "Stage": "prod"})
PAID = QueriedMetric("Shop", "Paid", "p99")


def queries(target: LambdaTarget, *own: MetricQuery, minutes: int = 5, **changes: Any) -> VersionQueries:
    request = EvidenceRequest("8", "7", SINCE, SINCE + timedelta(hours=30), queries=own)
    return VersionQueries(replace(request, **changes), SINCE, SINCE + timedelta(minutes=minutes), target)


def by_id(asked: Any) -> dict[str, Any]:
    found = {each["Id"]: each for each in asked}
    assert len(found) == len(list(asked)), "an id is unique within a call"
    return found


def test_each_version_is_asked_about_through_the_alias_and_by_the_minute(target: LambdaTarget) -> None:
    asked = by_id(queries(target).of_service())

    assert asked["canary_invocations"] == {
        "Id": "canary_invocations",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": "Invocations",
                "Dimensions": [
                    {"Name": "FunctionName", "Value": "cowsay"},
                    {"Name": "Resource", "Value": "cowsay:live"},
                    {"Name": "ExecutedVersion", "Value": "8"},
                ],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }
    assert asked["stable_errors"]["MetricStat"]["Metric"]["MetricName"] == "Errors"
    assert asked["stable_errors"]["MetricStat"]["Metric"]["Dimensions"][2]["Value"] == "7"
    assert asked["canary_throttles"]["MetricStat"]["Metric"]["MetricName"] == "Throttles"
    assert {each.partition("_")[2] for each in asked} == {"invocations", "errors", "throttles", "p50", "p90", "p99"}


@pytest.mark.parametrize(("minutes", "period"), [(1, 60), (5, 300), (24 * 60, 86_400), (25 * 60, 86_400)])
def test_percentiles_have_one_period_for_the_whole_rollout(target: LambdaTarget, minutes: int, period: int) -> None:
    asked = by_id(queries(target, minutes=minutes).of_service())

    found = [asked[f"canary_{each}"]["MetricStat"] for each in ("p50", "p90", "p99")]
    assert [(each["Stat"], each["Period"]) for each in found] == [(each, period) for each in ("p50", "p90", "p99")]
    assert {each["Metric"]["MetricName"] for each in found} == {"Duration"}


def test_slow_is_what_takes_longer_than_the_bound(target: LambdaTarget) -> None:
    asked = by_id(queries(target, slow_after_ms=800).of_service())

    assert asked["canary_slow"]["MetricStat"]["Stat"] == "TC(800:)"
    assert asked["stable_timed"]["MetricStat"]["Stat"] == "SampleCount"


def test_without_a_stable_version_only_the_canary_is_asked_about(target: LambdaTarget) -> None:
    asked = by_id(queries(target, MetricQuery("sales", {"a": PAID}, "a", above_stable=1), stable=None).of_service())

    assert {each.partition("_")[0] for each in asked} == {"canary"}


def test_a_metric_alone_needs_no_expression(target: LambdaTarget) -> None:
    own = queries(target, MetricQuery("sales", {"orders": ORDERS, "paid": PAID}, " paid ", at_least=1)).own()

    metric = {"Namespace": "Shop", "MetricName": "Paid", "Dimensions": []}
    assert own == {"sales": [{"Id": "own0_canary", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "p99"}}]}


def test_the_names_in_an_expression_are_those_of_its_own_metrics(target: LambdaTarget) -> None:
    query = MetricQuery("paid", {"orders": ORDERS, "paid": PAID}, "FILL(paid, 0) / orders", above_stable=1)
    own = queries(target, MetricQuery("sales", {"orders": ORDERS}, "orders"), query).own()

    asked = by_id([each for one in own.values() for each in one])
    assert asked["own1_canary"] == {
        "Id": "own1_canary",
        "Expression": "FILL(own1_canary_paid, 0) / own1_canary_orders",
    }
    assert asked["own1_stable"]["Expression"] == "FILL(own1_stable_paid, 0) / own1_stable_orders"
    assert asked["own1_stable_orders"]["ReturnData"] is False
    assert "ReturnData" not in asked["own0_canary"]


def test_a_dimension_can_hold_the_revision(target: LambdaTarget) -> None:
    own = queries(target, MetricQuery("sales", {"orders": ORDERS}, "orders", above_stable=1)).own()

    dimensions = [each["MetricStat"]["Metric"]["Dimensions"] for each in own["sales"]]
    assert dimensions == [
        [{"Name": "Version", "Value": f"v{version}"}, {"Name": "Stage", "Value": "prod"}] for version in ("8", "7")
    ]


@pytest.mark.parametrize(
    ("expression", "asked"),
    [
        ("m1+m2", "x_m1+x_m2"),
        ("m1/m10", "x_m1/m10"),
        ("SUM([m1, m2])*1e3", "SUM([x_m1, x_m2])*1e3"),
        ("IF(m1>0,'m1',\"m2 m1\")", "IF(x_m1>0,'m1',\"m2 m1\")"),
        ("my_m1 + m1_", "my_m1 + m1_"),
    ],
)
def test_only_whole_names_outside_of_texts_are_renamed(expression: str, asked: str) -> None:
    assert renamed(expression, {"m1": ORDERS, "m2": PAID}, "x_") == asked
