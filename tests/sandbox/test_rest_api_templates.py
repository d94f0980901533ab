"""REST APIs in CloudFormation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-restapi.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-stage.html
"""

import json

import pytest

from sandbox.driver.rest_api import LATENCY, NAMESPACE, RestApi, let_api_gateway_log
from sandbox.stand_in.accounts import REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, new_name, soon
from tests.sandbox.rest_apis import ACCOUNT, deployed, document, mock, patch, said, saying

LOG_FORMAT = '{"requestId":"$context.requestId","isCanaryRequest":"$context.isCanaryRequest","status":$context.status}'


def template(body: bytes, variables: Json, **stage: object) -> str:
    settings = {"DestinationArn": {"Fn::GetAtt": ["Logs", "Arn"]}, "Format": LOG_FORMAT}
    properties = {
        "RestApiId": {"Ref": "Api"},
        "DeploymentId": {"Ref": "Deployment"},
        "StageName": "live",
        "Variables": variables,
        "AccessLogSetting": settings,
        **stage,
    }
    transformation = {
        "MetricNamespace": NAMESPACE,
        "MetricName": LATENCY,
        "MetricValue": "1",
        "Dimensions": [{"Key": "isCanary", "Value": "$.isCanaryRequest"}],
    }
    filters = {
        "LogGroupName": {"Ref": "Logs"},
        "FilterPattern": "{ $.status = * }",
        "MetricTransformations": [transformation],
    }
    resources = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": json.loads(body)}},
        "Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}}},
        "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": properties},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}},
        "Filter": {"Type": "AWS::Logs::MetricFilter", "Properties": filters},
    }
    outputs = {"Api": {"Value": {"Ref": "Api"}}, "Logs": {"Value": {"Ref": "Logs"}}}
    return json.dumps({"Resources": resources, "Outputs": outputs})


def finished(aws: StandIn, stack: str) -> tuple[str, Json]:
    """The stack's status once nothing is under way, and its outputs."""

    def look() -> Json | None:
        found: Json = aws.client("cloudformation", ACCOUNT).describe_stacks(StackName=stack)["Stacks"][0]
        return None if found["StackStatus"].endswith("IN_PROGRESS") else found

    found = soon(look)
    return found["StackStatus"], {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}


def created(aws: StandIn, body: str) -> tuple[str, RestApi]:
    let_api_gateway_log(aws, ACCOUNT)
    stack = new_name("stack")
    aws.client("cloudformation", ACCOUNT).create_stack(StackName=stack, TemplateBody=body)
    status, outputs = finished(aws, stack)
    assert status == "CREATE_COMPLETE"
    return stack, RestApi(aws, ACCOUNT, outputs["Api"], outputs["Logs"])


def updated(aws: StandIn, stack: str, body: str) -> str:
    aws.client("cloudformation", ACCOUNT).update_stack(StackName=stack, TemplateBody=body)
    return finished(aws, stack)[0]


def stage_of(aws: StandIn, api: RestApi) -> Json:
    found: Json = aws.client("apigateway", ACCOUNT).get_stage(restApiId=api.api_id, stageName="live")
    return found


def test_a_stack_makes_an_api_with_a_stage_that_logs(aws: StandIn) -> None:
    _, api = created(aws, template(saying("first"), {"testVar": "one"}))

    assert said(api)["variable"] == "one"
    events = aws.client("logs", ACCOUNT).filter_log_events(logGroupName=api.log_group)["events"]
    assert [json.loads(event["message"])["status"] for event in events] == [200]


def test_a_stage_has_its_canary(aws: StandIn) -> None:
    setting = {
        "PercentTraffic": 20,
        "StageVariableOverrides": {"testVar": "two"},
        "DeploymentId": {"Ref": "Deployment"},
    }

    _, api = created(aws, template(saying("first"), {}, CanarySetting=setting))

    found = stage_of(aws, api)
    assert found["canarySettings"] == {
        "deploymentId": found["deploymentId"],
        "percentTraffic": 20.0,
        "stageVariableOverrides": {"testVar": "two"},
        "useStageCache": False,
    }


def test_a_changed_body_changes_the_api_in_place(aws: StandIn) -> None:
    stack, api = created(aws, template(saying("first"), {}))

    assert updated(aws, stack, template(document({"/new": mock({"message": "second"})}), {})) == "UPDATE_COMPLETE"

    assert finished(aws, stack)[1]["Api"] == api.api_id
    resources = aws.client("apigateway", ACCOUNT).get_resources(restApiId=api.api_id)["items"]
    assert {each["path"] for each in resources} == {"/", "/new"}
    assert said(api)["message"] == "first"


def test_a_changed_variable_brings_the_templates_deployment_back(aws: StandIn) -> None:
    """https://github.com/aws/serverless-application-model/issues/3703"""
    stack, api = created(aws, template(saying("first"), {"testVar": "one"}))
    patch(aws, api, ("replace", "/deploymentId", deployed(aws, api, saying("second"))))
    assert said(api)["message"] == "second"

    assert updated(aws, stack, template(saying("first"), {"testVar": "two"})) == "UPDATE_COMPLETE"

    assert said(api)["message"] == "first"


def test_what_the_template_does_not_have_any_more_stays(aws: StandIn) -> None:
    """https://github.com/aws/aws-cdk/issues/23438 and https://github.com/aws/aws-cdk/issues/33901"""
    setting = {"PercentTraffic": 20}
    stack, api = created(aws, template(saying("first"), {"testVar": "one", "old": "x"}, CanarySetting=setting))

    assert updated(aws, stack, template(saying("first"), {"testVar": "two"})) == "UPDATE_COMPLETE"

    found = stage_of(aws, api)
    assert found["variables"] == {"testVar": "two", "old": "x"}
    assert found["canarySettings"]["percentTraffic"] == 20.0


@pytest.mark.parametrize(
    ("body", "variables"),
    [(document({"/": mock({})}, openapi="3.1.0"), {}), (saying("first"), {"alias": "$LATEST"})],
)
def test_what_api_gateway_refuses_fails_the_stack(aws: StandIn, body: bytes, variables: Json) -> None:
    let_api_gateway_log(aws, ACCOUNT)
    stack = new_name("stack")

    aws.client("cloudformation", ACCOUNT).create_stack(StackName=stack, TemplateBody=template(body, variables))

    assert finished(aws, stack)[0] == "ROLLBACK_COMPLETE"


def test_a_stack_removes_what_it_made(aws: StandIn) -> None:
    stack, api = created(aws, template(saying("first"), {}))
    client = aws.client("apigateway", ACCOUNT)

    aws.client("cloudformation", ACCOUNT, REGION).delete_stack(StackName=stack)

    soon(lambda: api.api_id not in {each["id"] for each in client.get_rest_apis(limit=500)["items"]})
