"""What load balancers count.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.driver.load_balancer import LoadBalancer, add_load_balancer
from sandbox.stand_in.process import StandIn
from tests.sandbox.containers import ACCOUNT, SAYS, a_definition, an_image, put_behind, weigh
from tests.sandbox.given import new_name

FAILS_THERE = """
def handler(event, context):
    if event["path"] == "/missing":
        return {"statusCode": 404}
    raise ValueError("no")
"""
DOES_NOT_LOAD = "import nowhere\n\ndef handler(event, context):\n    return {}"
MINUTE = timedelta(minutes=1)
NAMES = (
    "RequestCount",
    "HTTPCode_Target_2XX_Count",
    "HTTPCode_Target_4XX_Count",
    "HTTPCode_Target_5XX_Count",
    "HTTPCode_ELB_5XX_Count",
    "TargetConnectionErrorCount",
)


@pytest.fixture
def balancer(aws: StandIn) -> LoadBalancer:
    return add_load_balancer(aws, ACCOUNT, new_name("lb"))


def counted(balancer: LoadBalancer, group: str | None = None) -> dict[str, float]:
    """The sums of the last minutes, of a target group or of all; a metric without a value is left out."""
    found = {name: values_of(balancer, name, "Sum", group) for name in NAMES}
    return {name: sum(values) for name, values in found.items() if values}


def values_of(balancer: LoadBalancer, name: str, statistic: str, group: str | None = None) -> list[float]:
    dimensions = {"LoadBalancer": balancer.arn.split(":loadbalancer/")[1]}
    dimensions |= {"TargetGroup": group.rsplit(":", 1)[1]} if group else {}
    metric = {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    now = datetime.now(UTC)
    answer = balancer.stand_in.client("cloudwatch", ACCOUNT).get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}}],
        StartTime=now - 10 * MINUTE,
        EndTime=now + 2 * MINUTE,
    )
    values: list[float] = answer["MetricDataResults"][0]["Values"]
    return values


def test_requests_count_for_the_group_that_answers(aws: StandIn, balancer: LoadBalancer) -> None:
    image = an_image(aws, SAYS)
    for group in (balancer.blue, balancer.green):
        put_behind(aws, balancer, group, a_definition(aws, image))

    for _ in range(3):
        balancer.request()
    weigh(balancer, blue=0, green=100)
    balancer.request()

    assert counted(balancer, balancer.blue) == {"RequestCount": 3, "HTTPCode_Target_2XX_Count": 3}
    assert counted(balancer, balancer.green) == {"RequestCount": 1, "HTTPCode_Target_2XX_Count": 1}
    assert counted(balancer) == {"RequestCount": 4, "HTTPCode_Target_2XX_Count": 4}


def test_the_response_time_is_in_seconds(aws: StandIn, balancer: LoadBalancer) -> None:
    slow = "import time\n\ndef handler(event, context):\n    time.sleep(0.2)\n    return {}"
    put_behind(aws, balancer, balancer.blue, a_definition(aws, an_image(aws, slow)))

    balancer.request()

    (seconds,) = values_of(balancer, "TargetResponseTime", "Average", balancer.blue)
    assert 0.2 <= seconds < 60


def test_errors_count_by_their_status_and_have_no_value_without_one(aws: StandIn, balancer: LoadBalancer) -> None:
    put_behind(aws, balancer, balancer.blue, a_definition(aws, an_image(aws, FAILS_THERE)))

    balancer.request("/missing")
    assert counted(balancer, balancer.blue) == {"RequestCount": 1, "HTTPCode_Target_4XX_Count": 1}

    balancer.request("/")
    assert counted(balancer, balancer.blue) == {
        "RequestCount": 2,
        "HTTPCode_Target_4XX_Count": 1,
        "HTTPCode_Target_5XX_Count": 1,
    }


def test_a_target_that_cannot_be_reached_counts_as_such(aws: StandIn, balancer: LoadBalancer) -> None:
    put_behind(aws, balancer, balancer.blue, a_definition(aws, an_image(aws, DOES_NOT_LOAD)))

    balancer.request()

    assert counted(balancer, balancer.blue) == {"RequestCount": 1, "TargetConnectionErrorCount": 1}
    assert counted(balancer)["HTTPCode_ELB_5XX_Count"] == 1
    assert not values_of(balancer, "TargetResponseTime", "Average", balancer.blue)


def test_a_request_that_no_target_was_chosen_for_counts_as_the_load_balancers(balancer: LoadBalancer) -> None:
    balancer.request()

    assert counted(balancer) == {"HTTPCode_ELB_5XX_Count": 1}
    assert counted(balancer, balancer.blue) == {}


def test_requests_that_nobody_makes_can_be_recorded(balancer: LoadBalancer) -> None:
    at = datetime.now(UTC) - 3 * MINUTE

    balancer.record_requests(balancer.green, at, requests=600, failed=24, unreachable=6, milliseconds=250)

    assert counted(balancer, balancer.green) == {
        "RequestCount": 606,
        "HTTPCode_Target_2XX_Count": 576,
        "HTTPCode_Target_5XX_Count": 24,
        "TargetConnectionErrorCount": 6,
    }
    assert values_of(balancer, "TargetResponseTime", "p50", balancer.green) == [0.25]


def test_an_alarm_watches_a_target_group(aws: StandIn, balancer: LoadBalancer) -> None:
    client: Any = aws.client("cloudwatch", ACCOUNT)
    dimensions = {"LoadBalancer": balancer.arn.split(":loadbalancer/")[1], "TargetGroup": balancer.blue.split(":")[-1]}
    balancer.record_requests(balancer.blue, datetime.now(UTC), requests=10, failed=10)

    statistics = client.get_metric_statistics(
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=datetime.now(UTC) - MINUTE,
        EndTime=datetime.now(UTC) + MINUTE,
        Period=60,
        Statistics=["Sum"],
    )

    assert sum(each["Sum"] for each in statistics["Datapoints"]) == 10
