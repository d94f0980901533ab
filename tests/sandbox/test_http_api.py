"""An HTTP API from a template, behind its custom domain."""

import json

import pytest

from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_function, function_arn, new_name, soon
from tests.sandbox.plain_api import NOT_FOUND, request

SOURCE = """
def handler(event, context):
    if event["rawPath"].endswith("/broken"):
        raise ValueError("nobody's business")
    return event
"""


def operation(function: str) -> Json:
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn(function)}/invocations"
    return {
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": uri,
            "payloadFormatVersion": "2.0",
        }
    }


def api_with(paths: Json) -> Json:
    document = {"openapi": "3.0.1", "info": {"title": "api", "version": "1"}, "paths": paths}
    stage = {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True}
    return {
        "Resources": {
            "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": document}},
            "Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": stage},
        }
    }


@pytest.fixture(scope="module")
def api(aws: StandIn) -> str:
    """The API's URL; one route's function does not permit API Gateway to invoke it."""
    client, function, forbidding = aws.client("lambda", ASSETS), a_function(aws, SOURCE), a_function(aws, SOURCE)
    client.add_permission(
        FunctionName=function,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{ASSETS}:*/*/*",
    )
    paths = {
        "/approvals/{id}": {"get": operation(function), "post": operation(function)},
        "/forbidden": {"get": operation(forbidding)},
    }
    cloudformation, stack = aws.client("cloudformation", ASSETS), new_name("stack")
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(api_with(paths)))
    soon(lambda: cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")
    return f"{aws.endpoint}/_domain"


def test_a_request_reaches_its_function_as_payload_format_2(api: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    status, event = request(f"{api}/approvals/a%20b?who=me&x=1", headers={"Cookie": "one=1; two=2"})

    assert status == 200
    assert (event["version"], event["routeKey"]) == ("2.0", "GET /approvals/{id}")
    assert (event["rawPath"], event["rawQueryString"]) == ("/approvals/a b", "who=me&x=1")
    assert event["pathParameters"] == {"id": "a b"}
    assert event["queryStringParameters"] == {"who": "me", "x": "1"}
    assert event["cookies"] == ["one=1", "two=2"]
    assert "cookie" not in event["headers"]
    assert event["requestContext"]["accountId"] == ASSETS


def test_what_a_request_does_not_have_is_not_there(api: str) -> None:
    _, event = request(f"{api}/approvals/1")

    assert not {"queryStringParameters", "cookies", "body"} & set(event)
    assert None not in event.values()


def test_a_form_comes_encoded(api: str) -> None:
    _, event = request(f"{api}/approvals/1", "POST", b"decision=approved")

    assert (event["body"], event["isBase64Encoded"]) == ("ZGVjaXNpb249YXBwcm92ZWQ=", True)


def test_a_function_that_fails_says_nothing_about_itself(api: str) -> None:
    assert request(f"{api}/approvals/broken") == (500, {"message": "Internal Server Error"})


def test_a_function_that_does_not_permit_the_api_is_not_invoked(api: str) -> None:
    assert request(f"{api}/forbidden") == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize(("method", "path"), [("OPTIONS", "approvals/1"), ("PUT", "approvals/1"), ("GET", "another")])
def test_what_has_no_route_is_not_found(api: str, method: str, path: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    assert request(f"{api}/{path}", method) == NOT_FOUND
