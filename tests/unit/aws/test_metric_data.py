from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber

from gantry.aws.metric_data import InvalidQueriesError, MetricData, MetricsUnknownError, Series
from gantry.promotion.target import Target

SINCE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
UNTIL = SINCE + timedelta(minutes=3)
QUERIES: list[Any] = [
    {"Id": "hidden", "Expression": "1 + shown", "ReturnData": False},
    {"Id": "shown", "Expression": "2"},
]


@pytest.fixture
def client() -> Any:
    return boto3.client("cloudwatch")


@pytest.fixture
def data(client: Any, target: Target) -> MetricData:
    return MetricData(client, target)


def result(*values: float, status: str = "Complete", first: int = 0, said: str = "") -> dict[str, Any]:
    times = [SINCE + timedelta(minutes=first + each) for each in range(len(values))]
    messages = {"Messages": [{"Code": "ArithmeticError", "Value": said}]} if said else {}
    return {"Id": "shown", "Timestamps": times, "Values": list(values), "StatusCode": status} | messages


def answer(answers: Stubber, *results: dict[str, Any], **more: Any) -> None:
    answers.add_response("get_metric_data", {"MetricDataResults": list(results), **more})


def shown(data: MetricData) -> Series:
    return data.look_up(QUERIES, SINCE, UNTIL)["shown"]


def test_a_series_has_its_values_by_their_times(data: MetricData, answers: Stubber) -> None:
    expected = {"MetricDataQueries": QUERIES, "StartTime": SINCE, "EndTime": UNTIL}
    answers.add_response("get_metric_data", {"MetricDataResults": [result(3, 4)]}, expected)

    found = data.look_up(QUERIES, SINCE, UNTIL)

    assert found == {"shown": Series({SINCE: 3, SINCE + timedelta(minutes=1): 4})}


def test_a_series_goes_on_over_all_pages(data: MetricData, answers: Stubber) -> None:
    answer(answers, result(3, status="PartialData"), NextToken="more")
    answer(answers, result(4, first=1))

    assert shown(data) == Series({SINCE: 3, SINCE + timedelta(minutes=1): 4})


def test_a_metric_that_does_not_exist_has_no_values_and_no_trouble(data: MetricData, answers: Stubber) -> None:
    answer(answers, result())

    assert shown(data) == Series()


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden", "SomethingNew"])
def test_an_incomplete_series_says_what_to_do(data: MetricData, answers: Stubber, status: str) -> None:
    answer(answers, result(3, status=status, said="try later"))

    trouble = shown(data).trouble or ""

    assert "try later" in trouble
    assert ("cloudwatch:GetMetricData" if status == "Forbidden" else "the next look asks again") in trouble


def test_a_query_without_an_answer_is_not_taken_for_no_data(data: MetricData, answers: Stubber) -> None:
    answer(answers)

    assert "its answer is lost" in (shown(data).trouble or "")


def test_a_query_that_returns_several_series_has_no_one_value(data: MetricData, answers: Stubber) -> None:
    answer(answers, result(3), result(4), NextToken="more")
    answer(answers, result(5, first=1))

    assert "more than one series" in (shown(data).trouble or "")


def test_what_is_said_about_the_whole_call_is_not_passed_over(data: MetricData, answers: Stubber) -> None:
    answer(answers, result(3), Messages=[{"Code": "MaxMetricsExceeded", "Value": "Maximum number exceeded"}])

    with pytest.raises(MetricsUnknownError, match=r"222222222222/us-east-1 answered only a part: .*Maximum number"):
        shown(data)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDenied", "does not let the pipeline read metrics .*: deploy the current target/template.yaml there"),
        ("AccessDeniedException", "look for a policy that denies cloudwatch:GetMetricData"),
        ("Throttling", "CloudWatch throttles calls in 222222222222/us-east-1 .*: the next look asks again"),
        ("RequestLimitExceeded", "throttles"),
        ("InternalServiceError", "could not answer .*: the next look asks again"),
        ("SomethingNew", "could not answer .*SomethingNew: no reason"),
    ],
)
def test_a_refused_call_says_why_and_what_to_do(data: MetricData, answers: Stubber, code: str, words: str) -> None:
    answers.add_client_error("get_metric_data", code, "no reason")

    with pytest.raises(MetricsUnknownError, match=words) as caught:
        shown(data)

    assert not isinstance(caught.value, InvalidQueriesError)


@pytest.mark.parametrize("code", ["ValidationError", "InvalidParameterValue", "MissingParameter"])
def test_an_invalid_query_is_told_from_a_call_that_failed(data: MetricData, answers: Stubber, code: str) -> None:
    answers.add_client_error("get_metric_data", code, "The value Summ for parameter Stat is not supported.")

    with pytest.raises(InvalidQueriesError, match=f"{code}: The value Summ"):
        shown(data)


def test_a_second_page_that_is_refused_makes_all_unknown(data: MetricData, answers: Stubber) -> None:
    answer(answers, result(3, status="PartialData"), NextToken="more")
    answers.add_client_error("get_metric_data", "Throttling", "Rate exceeded")

    with pytest.raises(MetricsUnknownError, match="Rate exceeded"):
        shown(data)


def test_a_service_that_cannot_be_reached_is_unknown(
    data: MetricData, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any, **__: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://monitoring.test")

    monkeypatch.setattr(client, "_make_api_call", unreachable)

    with pytest.raises(MetricsUnknownError, match=r"did not answer \(EndpointConnectionError\)"):
        shown(data)


def test_what_aws_says_is_shown_as_one_line_without_links(data: MetricData, answers: Stubber) -> None:
    answers.add_client_error("get_metric_data", "Throttling", "see\nhttps://example.com/")

    with pytest.raises(MetricsUnknownError) as caught:
        shown(data)

    assert "https://example.com" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value.__cause__, ClientError)
