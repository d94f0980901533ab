"""The access log of a REST API's stage, and the evidence about a canary that is made of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

import json
import time
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.rest_api import ERRORS, LATENCY, NAMESPACE, RestApi
from sandbox.stand_in.accounts import DEV
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import a_function, new_name
from tests.sandbox.rest_apis import ACCOUNT, an_api, deployed, document, mock, of_function, patch, refusal, saying

CANARY_DEPLOYMENT, CANARY_PERCENT = "/canarySettings/deploymentId", "/canarySettings/percentTraffic"
FORMAT = "/accessLogSettings/format"


def lines(aws: StandIn, api: RestApi) -> list[str]:
    events = aws.client("logs", ACCOUNT).filter_log_events(logGroupName=api.log_group)["events"]
    return [event["message"] for event in events]


def measured(aws: StandIn, api: RestApi, metric: str, value: str, canary: str) -> float:
    """A statistic of the metrics that are made of the log, over stable or canary."""
    return statistic(aws, NAMESPACE, metric, value, {"ApiId": api.api_id, "Stage": api.stage, "isCanary": canary})


def statistic(aws: StandIn, namespace: str, metric: str, value: str, dimensions: dict[str, str]) -> float:
    """A statistic of the last hour and the next."""
    named = {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    now = time.time()
    found = aws.client("cloudwatch", ACCOUNT).get_metric_data(
        StartTime=now - 3600,
        EndTime=now + 60,
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": named, "Period": 3600, "Stat": value}}],
    )
    return float(sum(found["MetricDataResults"][0]["Values"]))


def test_each_request_is_a_line_in_the_stages_format(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html"""
    api = an_api(aws, document({"/cows/{name}": mock({"message": "moo"})}))

    api.request("/cows/emma?x=1")

    (line,) = lines(aws, api)
    found = json.loads(line)
    assert found.pop("requestId")
    assert found.pop("responseLatency") >= 0
    assert found == {
        "apiId": api.api_id,
        "stage": "live",
        "isCanaryRequest": "-",
        "httpMethod": "GET",
        "resourcePath": "/cows/{name}",
        "status": 200,
    }


def test_other_variables_are_known_too(aws: StandIn) -> None:
    api = an_api(aws, saying("first"))
    stage = aws.client("apigateway", ACCOUNT).get_stage(restApiId=api.api_id, stageName=api.stage)
    patch(
        aws,
        api,
        (
            "replace",
            FORMAT,
            "$context.requestId $context.accountId $context.path $context.protocol $context.deploymentId "
            "$context.responseLength $context.integrationLatency $context.waf.status",
        ),
    )

    reply = api.request()

    length = len(reply.body.encode())
    assert lines(aws, api)[-1].split(" ")[1:] == [
        ACCOUNT,
        "/live/",
        "HTTP/1.1",
        stage["deploymentId"],
        str(length),
        "-",
        "-",
    ]


def test_a_canarys_requests_are_marked(aws: StandIn) -> None:
    """Recorded: `$context.isCanaryRequest` is "true" or "false".

    https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_canary.snapshot.json
    """
    api = an_api(aws, saying("stable"))
    new = deployed(aws, api, document({"/": mock({"message": "broken"}, status=503)}))
    patch(aws, api, ("replace", CANARY_DEPLOYMENT, new))
    api.request()

    patch(aws, api, ("replace", CANARY_PERCENT, "100"))
    api.request()

    assert [(found["isCanaryRequest"], found["status"]) for found in map(json.loads, lines(aws, api))] == [
        ("false", 200),
        ("true", 503),
    ]


def test_a_canarys_requests_are_also_in_a_group_of_their_own(aws: StandIn) -> None:
    """https://github.com/awsdocs/amazon-api-gateway-developer-guide/blob/main/doc_source/canary-release.md"""
    api = an_api(aws, saying("stable"))
    patch(aws, api, ("replace", CANARY_PERCENT, "0"))
    api.request()
    patch(aws, api, ("replace", CANARY_PERCENT, "100"))
    api.request()

    own = aws.client("logs", ACCOUNT).filter_log_events(logGroupName=f"{api.log_group}/Canary")["events"]

    assert [event["message"] for event in own] == lines(aws, api)[1:]


def test_stable_and_canary_are_measured_apart(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html"""
    api = an_api(aws, saying("stable"))
    new = deployed(aws, api, document({"/": mock({"message": "broken"}, status=503)}))
    patch(aws, api, ("replace", CANARY_DEPLOYMENT, new))
    for _ in range(3):
        api.request()

    patch(aws, api, ("replace", CANARY_PERCENT, "100"))
    for _ in range(2):
        api.request()

    assert measured(aws, api, LATENCY, "SampleCount", "false") == 3
    assert measured(aws, api, LATENCY, "SampleCount", "true") == 2
    assert measured(aws, api, LATENCY, "TC(60000:)", "true") == 0
    assert measured(aws, api, ERRORS, "Sum", "false") == 0
    assert measured(aws, api, ERRORS, "Sum", "true") == 2


def test_recorded_requests_are_measured_like_real_ones(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""
    api = an_api(aws, saying("stable"))
    patch(aws, api, ("replace", CANARY_PERCENT, "0"))
    api.request()

    for canary in (False, True):
        api.record_requests(
            datetime.now(UTC), canary=canary, requests=1_000, failed=40 * canary, milliseconds=400 + 200 * canary
        )

    assert measured(aws, api, LATENCY, "SampleCount", "false") == 1_001
    assert measured(aws, api, LATENCY, "SampleCount", "true") == 1_000
    assert measured(aws, api, LATENCY, "TC(500:)", "false") == 0
    assert measured(aws, api, LATENCY, "TC(500:)", "true") == 1_000
    assert measured(aws, api, ERRORS, "Sum", "false") == 0
    assert measured(aws, api, ERRORS, "Sum", "true") == 40


@pytest.mark.parametrize("by_stage", [True, False])
def test_api_gateway_counts_each_request_itself(aws: StandIn, by_stage: bool) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"""
    name = new_name("named")
    integrations = {f"/{status}": mock({}, status=status) for status in (200, 404, 503)}
    api = an_api(aws, document(integrations, info={"title": name, "version": "1"}))
    for path in ("/200", "/200", "/404", "/503", "/none"):
        api.request(path)

    dimensions = {"ApiName": name, **({"Stage": api.stage} if by_stage else {})}

    def of(metric: str, value: str) -> float:
        return statistic(aws, "AWS/ApiGateway", metric, value, dimensions)

    assert of("Count", "SampleCount") == of("Count", "Sum") == 5
    assert (of("4XXError", "Sum"), of("4XXError", "SampleCount")) == (2, 5)
    assert (of("5XXError", "Sum"), of("5XXError", "SampleCount")) == (1, 5)
    assert (of("Latency", "SampleCount"), of("Latency", "TC(60000:)")) == (5, 0)


def test_requests_that_reach_no_method_are_logged(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    api = an_api(aws, saying("first"))

    api.request("/none")

    found = json.loads(lines(aws, api)[-1])
    assert (found["status"], found["resourcePath"]) == (403, "-")


def test_the_log_has_the_reason_of_a_missing_permission(aws: StandIn) -> None:
    """https://github.com/DataBiosphere/azul/issues/8301"""
    name = a_function(aws, "def handler(event, context):\n    return {'statusCode': 200}", account=ACCOUNT)
    api = an_api(aws, document({"/": of_function(name)}), {"alias": "live"})
    patch(aws, api, ("replace", FORMAT, "$context.requestId|$context.status|$context.integrationErrorMessage"))

    api.request()

    assert lines(aws, api)[-1].split("|")[1:] == [
        "500",
        "Execution failed due to configuration error: Invalid permissions on Lambda function",
    ]


def test_the_functions_event_has_the_same_request_id(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    source = (
        "def handler(event, context):\n    return {'statusCode': 200, 'body': event['requestContext']['requestId']}"
    )
    name, client = a_function(aws, source, account=ACCOUNT), aws.client("lambda", ACCOUNT)
    client.create_alias(
        FunctionName=name, Name="live", FunctionVersion=client.publish_version(FunctionName=name)["Version"]
    )
    client.add_permission(
        FunctionName=name,
        Qualifier="live",
        StatementId="x",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    api = an_api(aws, document({"/": of_function(name)}), {"alias": "live"})

    said = api.request().body

    assert json.loads(lines(aws, api)[-1])["requestId"] == said


def test_without_a_group_nothing_is_logged(aws: StandIn) -> None:
    api = an_api(aws, saying("first"))
    patch(aws, api, ("remove", "/accessLogSettings"))

    assert api.request().status == 200
    assert lines(aws, api) == []


def test_an_account_without_a_role_for_logs_has_no_access_log(aws: StandIn) -> None:
    """https://github.com/aws-solutions/virtual-waiting-room-on-aws/issues/74"""
    client = aws.client("apigateway", DEV, "eu-central-1")
    api = client.import_rest_api(body=saying("first"))["id"]
    client.create_deployment(restApiId=api, stageName="live")
    operation = {
        "op": "replace",
        "path": "/accessLogSettings/destinationArn",
        "value": f"arn:aws:logs:eu-central-1:{DEV}:log-group:x",
    }

    with pytest.raises(ClientError) as caught:
        client.update_stage(restApiId=api, stageName="live", patchOperations=[operation])

    assert refusal(caught.value) == (
        "BadRequestException",
        "CloudWatch Logs role ARN must be set in account settings to enable logging",
    )
    assert "accessLogSettings" not in client.get_stage(restApiId=api, stageName="live")
