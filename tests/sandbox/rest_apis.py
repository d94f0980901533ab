"""REST APIs for the contract tests: documents, and APIs whose answers say what served them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from sandbox.driver.rest_api import RestApi, add_rest_api
from sandbox.stand_in.accounts import PROD
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, new_name

ACCOUNT = PROD
FUNCTION_URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:%s:${stageVariables.alias}/invocations"
)
CONTEXT = {
    "variable": "$stageVariables.testVar",
    "nonExistingDefault": "$stageVariables.noStageVar",
    "nonOverridden": "$stageVariables.defaultVar",
    "isCanary": "$context.isCanaryRequest",
}


def mock(said: Json, status: int = 200) -> Json:
    """An integration that answers by itself."""
    return {
        "type": "mock",
        "requestTemplates": {"application/json": json.dumps({"statusCode": status})},
        "responses": {
            "default": {"statusCode": str(status), "responseTemplates": {"application/json": json.dumps(said)}}
        },
    }


def of_function(function: str) -> Json:
    """An integration with a function's alias, which the stage variable `alias` names."""
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": FUNCTION_URI % function}


def document(integrations: Mapping[str, Json], **others: Any) -> bytes:
    """An OpenAPI document with a GET of each path."""
    paths = {
        path: {"get": {"responses": {"200": {"description": "done"}}, "x-amazon-apigateway-integration": integration}}
        for path, integration in integrations.items()
    }
    return json.dumps({"openapi": "3.0.1", "info": {"title": "x", "version": "1"}, "paths": paths, **others}).encode()


def saying(message: str) -> bytes:
    """A document whose path `/` answers with the message."""
    return document({"/": mock({"message": message, **CONTEXT})})


def an_api(aws: StandIn, first: bytes, variables: Mapping[str, str] | None = None) -> RestApi:
    return add_rest_api(aws, ACCOUNT, new_name("api"), first, variables=variables)


def deployed(aws: StandIn, api: RestApi, new: bytes, **options: Any) -> str:
    """The id of a new deployment of a new document."""
    client = aws.client("apigateway", ACCOUNT)
    client.put_rest_api(restApiId=api.api_id, mode="overwrite", body=new)
    return str(client.create_deployment(restApiId=api.api_id, **options)["id"])


def patch(aws: StandIn, api: RestApi, *operations: Sequence[str]) -> Json:
    """The stage after operations, each of `op`, `path`, and `value` or `from`."""
    found: Json = aws.client("apigateway", ACCOUNT).update_stage(
        restApiId=api.api_id, stageName=api.stage, patchOperations=[_operation(*each) for each in operations]
    )
    return found


def stage_of(aws: StandIn, api: RestApi) -> Json:
    found: Json = aws.client("apigateway", ACCOUNT).get_stage(restApiId=api.api_id, stageName=api.stage)
    return found


def said(api: RestApi, path: str = "/") -> Json:
    """The answer of the API, read."""
    reply = api.request(path)
    assert reply.status == 200, reply
    answer: Json = json.loads(reply.body)
    return answer


def refusal(error: ClientError) -> tuple[str, str]:
    return error.response["Error"]["Code"], error.response["Error"]["Message"]


def _operation(kind: str, path: str, value: str | None = None) -> Json:
    extra = {} if value is None else {"from" if kind == "copy" else "value": value}
    return {"op": kind, "path": path, **extra}
