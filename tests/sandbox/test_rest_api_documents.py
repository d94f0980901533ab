"""The documents that REST APIs are made of."""

import json
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from sandbox.driver.rest_api import RestApi
from sandbox.stand_in.accounts import REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json
from tests.sandbox.rest_apis import ACCOUNT, an_api, deployed, document, mock, of_function, patch, refusal, said, saying

MEGABYTE = 1024 * 1024
HELLO = mock({"message": "hello"})


@pytest.fixture
def api(aws: StandIn) -> RestApi:
    return an_api(aws, saying("first"))


def put(aws: StandIn, api: RestApi, body: bytes, **options: Any) -> Json:
    found: Json = aws.client("apigateway", ACCOUNT).put_rest_api(restApiId=api.api_id, body=body, **options)
    return found


def paths_of(aws: StandIn, api: RestApi) -> dict[str, set[str]]:
    """The methods of the API as it is now, by path."""
    pages = aws.client("apigateway", ACCOUNT).get_paginator("get_resources").paginate(restApiId=api.api_id)
    resources = [resource for page in pages for resource in page["items"]]
    return {each["path"]: set(each.get("resourceMethods") or {}) for each in resources}


def served(aws: StandIn, api: RestApi, body: bytes) -> None:
    """Let the stage serve the document."""
    patch(aws, api, ("replace", "/deploymentId", deployed(aws, api, body)))


def test_overwriting_removes_what_the_document_does_not_have(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-update.html"""
    put(aws, api, document({"/a/b": HELLO, "/c": HELLO}), mode="overwrite")
    answer = put(aws, api, document({"/a/b": HELLO}), mode="overwrite")

    assert answer["id"] == api.api_id
    assert paths_of(aws, api) == {"/": set(), "/a": set(), "/a/b": {"GET"}}


@pytest.mark.parametrize("options", [{"mode": "merge"}, {}])
def test_merging_keeps_it(aws: StandIn, api: RestApi, options: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-update.html"""
    put(aws, api, document({"/c": HELLO}), **options)

    assert paths_of(aws, api) == {"/": {"GET"}, "/c": {"GET"}}


def test_an_import_makes_an_api_with_the_documents_name(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html"""
    info = {"title": "cowsay", "version": "7", "description": "says"}

    made = aws.client("apigateway", ACCOUNT).import_rest_api(body=document({"/": HELLO}, info=info))

    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["name"], made["version"], made["description"]) == ("cowsay", "7", "says")


@pytest.mark.parametrize(
    "version", [{"openapi": "3.0.0"}, {"openapi": "3.0.1"}, {"openapi": "3.0.3"}, {"swagger": "2.0"}]
)
@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_openapi_3_0_and_swagger_2_in_json_and_yaml_are_read(
    aws: StandIn, api: RestApi, version: dict[str, str], write: Any
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html"""
    readable = json.loads(document({"/": HELLO}))
    del readable["openapi"]

    served(aws, api, write({**version, **readable}).encode())

    assert said(api) == {"message": "hello"}


@pytest.mark.parametrize(
    "body",
    [
        document({"/": HELLO}, openapi="3.1.0"),
        document({"/": HELLO}, openapi="2.0"),
        b'{"info": {"title": "x"}, "paths": {}}',
        b'{"openapi": "3.0.1", "info": {"title": "x"}}',
        b"no document",
        b"{",
        b"\xff\xfe",
    ],
)
def test_what_is_no_such_document_is_refused(aws: StandIn, api: RestApi, body: bytes) -> None:
    """OpenAPI 3.1: https://github.com/smithy-lang/smithy/issues/985 and https://github.com/aws/aws-cli/issues/8191"""
    before = paths_of(aws, api)

    with pytest.raises(ClientError) as caught:
        put(aws, api, body, mode="overwrite")

    assert refusal(caught.value) == ("BadRequestException", "Invalid OpenAPI input.")
    assert paths_of(aws, api) == before


def test_a_document_may_have_6_mb(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html; the words are not AWS'."""

    def of_size(size: int) -> bytes:
        empty = document({"/": HELLO}, info={"title": "x", "description": ""})
        return document({"/": HELLO}, info={"title": "x", "description": "d" * (size - len(empty))})

    assert len(of_size(6 * MEGABYTE)) == 6 * MEGABYTE
    put(aws, api, of_size(6 * MEGABYTE), mode="overwrite")

    with pytest.raises(ClientError) as caught:
        put(aws, api, of_size(6 * MEGABYTE + 1), mode="overwrite")
    assert refusal(caught.value)[0] == "BadRequestException"


def test_a_document_of_over_1_mb_is_served(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html"""
    many = document({f"/cows/{number}": mock({"message": str(number), "pad": "x" * 9_000}) for number in range(150)})
    assert len(many) > MEGABYTE

    served(aws, api, many)
    assert said(api, "/cows/149")["message"] == "149"

    served(aws, api, yaml.safe_dump(json.loads(many)).replace("149", "one").encode())
    assert said(api, "/cows/one")["message"] == "one"


@pytest.mark.parametrize("integration", [{"type": "aws_proxy", "uri": {"Fn::Sub": "x"}}, {"type": "none"}, {}, "text"])
def test_an_integration_that_cannot_be_read_is_refused(aws: StandIn, api: RestApi, integration: Any) -> None:
    """https://github.com/localstack/localstack/issues/4619"""
    before = paths_of(aws, api)

    with pytest.raises(ClientError) as caught:
        put(aws, api, document({"/good": HELLO, "/bad": integration}), mode="overwrite")

    assert refusal(caught.value) == (
        "BadRequestException",
        "Unable to parse API definition because of a malformed integration at path /bad.",
    )
    assert paths_of(aws, api) == before


WITHOUT_MODEL = document(
    {},
    paths={
        "/": {"get": {"responses": {"200": {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/Cow"}}}}}}}
    },
)


def test_a_missing_model_is_a_warning(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-errors-warnings.html"""
    assert len(put(aws, api, WITHOUT_MODEL, mode="overwrite")["warnings"]) == 1
    assert "warnings" not in put(aws, api, document({"/": HELLO}), mode="overwrite", failOnWarnings=True)


def test_a_warning_can_fail_the_import(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-errors-warnings.html"""
    put(aws, api, document({"/a": HELLO}), mode="overwrite")

    with pytest.raises(ClientError) as caught:
        put(aws, api, WITHOUT_MODEL, mode="overwrite", failOnWarnings=True)

    assert refusal(caught.value)[0] == "BadRequestException"
    assert "Cow" in refusal(caught.value)[1]
    assert paths_of(aws, api) == {"/": set(), "/a": {"GET"}}


def test_aws_variables_are_resolved(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html"""
    put(aws, api, document({"/": of_function("cowsay")}), mode="overwrite")

    client = aws.client("apigateway", ACCOUNT)
    root = next(each for each in client.get_resources(restApiId=api.api_id)["items"] if each["path"] == "/")
    found = client.get_integration(restApiId=api.api_id, resourceId=root["id"], httpMethod="GET")

    assert found["uri"] == (
        f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/arn:aws:lambda:{REGION}:{ACCOUNT}:function:cowsay:"
        "${stageVariables.alias}/invocations"
    )


def test_an_integration_is_imported_as_a_whole(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html"""
    integration = {**mock({"message": "teapot"}, status=418), "passthroughBehavior": "never", "timeoutInMillis": 1000}
    put(aws, api, document({"/": integration}), mode="overwrite")

    client = aws.client("apigateway", ACCOUNT)
    root = next(each for each in client.get_resources(restApiId=api.api_id)["items"] if each["path"] == "/")
    found = client.get_integration(restApiId=api.api_id, resourceId=root["id"], httpMethod="GET")

    assert found["type"] == "MOCK"
    assert found["passthroughBehavior"] == "NEVER"
    assert found["timeoutInMillis"] == 1000
    assert found["requestTemplates"] == {"application/json": '{"statusCode": 418}'}
    assert json.loads(found["integrationResponses"]["418"]["responseTemplates"]["application/json"]) == {
        "message": "teapot"
    }


def test_any_method_is_every_method(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html"""
    operation = {"x-amazon-apigateway-integration": HELLO}
    served(aws, api, document({}, paths={"/{proxy+}": {"x-amazon-apigateway-any-method": operation}}))

    assert [api.request("/some/where", method).status for method in ("GET", "DELETE")] == [200, 200]


def test_an_api_that_does_not_exist_is_not_found(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html"""
    with pytest.raises(ClientError) as caught:
        aws.client("apigateway", ACCOUNT).put_rest_api(restApiId="none", body=document({"/": HELLO}))

    assert refusal(caught.value) == ("NotFoundException", "Invalid API identifier specified")
