"""Requests through the stages of REST APIs."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.rest_api import RestApi, permit
from sandbox.stand_in.accounts import DEV, PROD, STAGING
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import a_function, a_role, a_version, allow, function_arn, new_name
from tests.sandbox.rest_apis import (
    ACCOUNT,
    CONTEXT,
    an_api,
    deployed,
    document,
    mock,
    of_function,
    patch,
    refusal,
    said,
    saying,
)

CANARY_DEPLOYMENT, CANARY_PERCENT = "/canarySettings/deploymentId", "/canarySettings/percentTraffic"
SAYS_ALIAS = """
import json

def handler(event, context):
    alias = context.invoked_function_arn.split(":")[-1]
    return {"statusCode": 200, "body": json.dumps({"alias": alias, "event": event})}
"""
SAYS_VERSION = """
import json

def handler(event, context):
    return {
        "statusCode": 200,
        "body": json.dumps({"version": context.function_version, "arn": context.invoked_function_arn}),
    }
"""
FAILS = "def handler(event, context):\n    raise ValueError('secret')"
SAYS_NOTHING = "def handler(event, context):\n    return 'no response'"
INTERNAL_ERROR = {"message": "Internal server error"}


@pytest.fixture(scope="module")
def function(aws: StandIn) -> str:
    """A function with the aliases `live` and `next`."""
    name, client = a_function(aws, SAYS_ALIAS, account=ACCOUNT), aws.client("lambda", ACCOUNT)
    version = client.publish_version(FunctionName=name)["Version"]
    for alias in ("live", "next"):
        client.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)
    return name


def test_a_change_of_the_api_is_not_seen_before_it_is_deployed(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html"""
    api = an_api(aws, saying("first"))

    new = deployed(aws, api, document({"/": mock({"message": "second"}), "/more": mock({"message": "more"})}))
    assert said(api)["message"] == "first"
    assert api.request("/more").status == 403

    patch(aws, api, ("replace", "/deploymentId", new))
    assert said(api)["message"] == "second"
    assert said(api, "/more")["message"] == "more"


def test_the_way_back_serves_the_older_deployment(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html"""
    api = an_api(aws, saying("first"))
    first = aws.client("apigateway", ACCOUNT).get_stage(restApiId=api.api_id, stageName=api.stage)["deploymentId"]
    patch(aws, api, ("replace", "/deploymentId", deployed(aws, api, saying("second"))))

    patch(aws, api, ("replace", "/deploymentId", first))

    assert said(api)["message"] == "first"


def test_two_stages_serve_the_same_deployment(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html"""
    api, client = an_api(aws, saying("first"), {"testVar": "one"}), aws.client("apigateway", ACCOUNT)
    new = deployed(aws, api, saying("second"))
    client.create_stage(restApiId=api.api_id, stageName="other", deploymentId=new, variables={"testVar": "two"})
    patch(aws, api, ("replace", "/deploymentId", new))

    other = RestApi(aws, ACCOUNT, api.api_id, api.log_group, "other")

    assert (said(api)["message"], said(api)["variable"]) == ("second", "one")
    assert (said(other)["message"], said(other)["variable"]) == ("second", "two")


def test_an_export_is_of_what_the_stage_serves(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html"""
    api, client = an_api(aws, saying("first")), aws.client("apigateway", ACCOUNT)

    def exported() -> Any:
        parameters = {"extensions": "integrations"}
        found = client.get_export(restApiId=api.api_id, stageName=api.stage, exportType="oas30", parameters=parameters)
        return json.loads(found["body"].read())

    new = deployed(aws, api, document({"/new": mock({"message": "second"})}))
    assert set(exported()["paths"]) == {"/"}

    patch(aws, api, ("replace", "/deploymentId", new))
    assert set(exported()["paths"]) == {"/new"}
    assert exported()["paths"]["/new"]["get"]["x-amazon-apigateway-integration"]["type"] == "mock"


def test_stable_and_canary_have_variables_of_their_own(aws: StandIn) -> None:
    """Recorded: test_invoking_canary_deployment in LocalStack's test_apigateway_canary.snapshot.json."""
    api = an_api(aws, saying("default deployment"), {"testVar": "default", "defaultVar": "default"})
    overrides = {"testVar": "canary", "noStageVar": "canary"}
    settings = {"percentTraffic": 0.0, "stageVariableOverrides": overrides}
    deployed(aws, api, saying("canary deployment"), stageName=api.stage, canarySettings=settings)

    assert said(api) == {
        "message": "default deployment",
        "variable": "default",
        "nonExistingDefault": "",
        "nonOverridden": "default",
        "isCanary": "false",
    }

    patch(aws, api, ("replace", CANARY_PERCENT, "100.0"))
    assert said(api) == {
        "message": "canary deployment",
        "variable": "canary",
        "nonExistingDefault": "canary",
        "nonOverridden": "default",
        "isCanary": "true",
    }


def test_each_request_is_split_by_chance(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html"""
    api = an_api(aws, saying("stable"))
    new = deployed(aws, api, saying("canary"))
    patch(aws, api, ("replace", CANARY_DEPLOYMENT, new), ("replace", CANARY_PERCENT, "30"))

    answers = [said(api)["message"] for _ in range(200)]

    assert 30 < answers.count("canary") < 90
    assert answers != sorted(answers)
    assert answers != sorted(answers, reverse=True)


def test_a_path_that_only_the_canary_has_is_found_there_only(aws: StandIn) -> None:
    """One choice decides about a whole request."""
    api = an_api(aws, saying("stable"))
    new = deployed(aws, api, document({"/new": mock({"message": "canary"})}))
    patch(aws, api, ("replace", CANARY_DEPLOYMENT, new), ("replace", CANARY_PERCENT, "50"))

    statuses = [api.request("/new").status for _ in range(200)]

    assert set(statuses) == {200, 403}
    assert statuses.count(200) > 75  # two choices would have to agree, which is about every fourth request


def test_removing_the_canary_ends_its_traffic(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/delete-canary-deployment.html"""
    api = an_api(aws, saying("stable"))
    new = deployed(aws, api, saying("canary"))
    patch(aws, api, ("replace", CANARY_DEPLOYMENT, new), ("replace", CANARY_PERCENT, "100"))

    patch(aws, api, ("remove", "/canarySettings"))

    assert said(api)["message"] == "stable"


def test_a_stage_variable_names_the_alias(aws: StandIn, function: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html"""
    api = an_api(aws, document({"/": of_function(function)}), {"alias": "live", "table": "cows"})
    permit(aws, api, function, "live")
    permit(aws, api, function, "next")
    assert said(api)["alias"] == "live"
    assert said(api)["event"]["stageVariables"] == {"alias": "live", "table": "cows"}

    patch(
        aws,
        api,
        ("replace", CANARY_PERCENT, "100"),
        ("replace", "/canarySettings/stageVariableOverrides/alias", "next"),
    )

    assert said(api)["alias"] == "next"
    assert said(api)["event"]["stageVariables"] == {"alias": "next", "table": "cows"}


@pytest.mark.parametrize("alias", ["next", "unknown"])
def test_each_alias_needs_a_permission(aws: StandIn, function: str, alias: str) -> None:
    """https://github.com/amazon-archives/aws-apigateway-importer/issues/170"""
    api = an_api(aws, document({"/": of_function(function)}), {"alias": alias})
    permit(aws, api, function, "live")

    reply = api.request()

    assert (reply.status, json.loads(reply.body)) == (500, INTERNAL_ERROR)


def test_a_permission_of_the_function_is_none_of_its_aliases(aws: StandIn, function: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/versions-aliases.html, and GetPolicy's page for the qualifier."""
    api, client = an_api(aws, document({"/": of_function(function)}), {"alias": "next"}), aws.client("lambda", ACCOUNT)
    client.add_permission(
        FunctionName=function,
        StatementId=f"function-{api.api_id}",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    assert api.request().status == 500

    permit(aws, api, function, "next")
    assert api.request().status == 200
    statements = json.loads(client.get_policy(FunctionName=function, Qualifier="next")["Policy"])["Statement"]
    assert {statement["Resource"] for statement in statements} == {f"{function_arn(function, ACCOUNT)}:next"}


def test_an_alias_without_a_permission_has_no_policy(aws: StandIn, function: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html"""
    client = aws.client("lambda", ACCOUNT)
    version = client.publish_version(FunctionName=function)["Version"]
    client.create_alias(FunctionName=function, Name="unpermitted", FunctionVersion=version)

    with pytest.raises(ClientError) as caught:
        client.get_policy(FunctionName=function, Qualifier="unpermitted")
    assert refusal(caught.value)[0] == "ResourceNotFoundException"


def test_without_the_variable_there_is_no_function(aws: StandIn, function: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html"""
    api = an_api(aws, document({"/": of_function(function)}))
    permit(aws, api, function, "live")

    assert api.request().status == 500


def test_an_integration_can_name_a_role_instead(aws: StandIn, function: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html"""
    arn = f"{function_arn(function, ACCOUNT)}:next"
    roles = [
        a_role(aws, statement, trusts="apigateway.amazonaws.com", account=ACCOUNT)
        for statement in (allow("lambda:InvokeFunction", arn), allow("lambda:GetFunction", arn))
    ]

    statuses = [
        an_api(aws, document({"/": {**of_function(function), "credentials": role}}), {"alias": "next"}).request().status
        for role in roles
    ]

    assert statuses == [200, 500]


@pytest.mark.parametrize("source", [FAILS, SAYS_NOTHING])
def test_a_function_without_a_response_gives_502(aws: StandIn, source: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html"""
    name, client = a_function(aws, source, account=ACCOUNT), aws.client("lambda", ACCOUNT)
    client.create_alias(
        FunctionName=name, Name="live", FunctionVersion=client.publish_version(FunctionName=name)["Version"]
    )
    api = an_api(aws, document({"/": of_function(name)}), {"alias": "live"})
    permit(aws, api, name, "live")

    reply = api.request()

    assert (reply.status, json.loads(reply.body)) == (502, INTERNAL_ERROR)


class Backend(http.server.BaseHTTPRequestHandler):
    """Answers with the path that it was asked for."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"path": self.path}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class' own name
        pass


@pytest.fixture
def backend() -> Iterator[str]:
    """The host and port of an HTTP server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_stage_variable_names_the_host(aws: StandIn, backend: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html"""
    uri = "http://${stageVariables.host}/cows"
    api = an_api(aws, document({"/": {"type": "http_proxy", "httpMethod": "GET", "uri": uri}}), {"host": backend})

    assert said(api) == {"path": "/cows"}


def test_unsigned_requests_find_the_apis_of_every_account(aws: StandIn) -> None:
    """An API's id is part of its public host name.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
    """
    for account in (DEV, STAGING, PROD):
        client = aws.client("apigateway", account)
        made = client.import_rest_api(body=document({"/": mock({"account": account, **CONTEXT})}))["id"]
        client.create_deployment(restApiId=made, stageName="live")

        assert said(RestApi(aws, account, made, new_name("group")))["account"] == account


def test_an_unknown_path_or_stage_is_forbidden(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    api = an_api(aws, saying("first"))

    assert api.request("/none").status == 403
    assert RestApi(aws, ACCOUNT, api.api_id, api.log_group, "none").request().status == 403


def test_the_aliass_own_weights_split_the_requests(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    name, client = a_function(aws, SAYS_VERSION, account=ACCOUNT), aws.client("lambda", ACCOUNT)
    versions = [a_version(aws, name, f"{SAYS_VERSION}# {number}", ACCOUNT) for number in range(2)]
    client.create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion=versions[0],
        RoutingConfig={"AdditionalVersionWeights": {versions[1]: 0.5}},
    )
    api = an_api(aws, document({"/": of_function(name)}), {"alias": "live"})
    permit(aws, api, name, "live")

    answers = [said(api) for _ in range(30)]

    assert {answer["version"] for answer in answers} == set(versions)
    assert {answer["arn"] for answer in answers} == {f"{function_arn(name, ACCOUNT)}:live"}
