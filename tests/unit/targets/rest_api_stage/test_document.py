import json

import pytest

from gantry.promotion.errors import IncompatibleTargetError
from gantry.targets.rest_api_stage.document import AliasOfVariable, ApiDocument

URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:cowsay:${stageVariables.alias}/invocations"
)
YAML = f"""
openapi: 3.0.1
info: {{title: cows, version: "1"}}
paths:
  /cows:
    parameters: []
    get:
      x-amazon-apigateway-integration: {{type: aws_proxy, httpMethod: POST, uri: "{URI}"}}
    post: {{}}
  /{{proxy+}}:
    x-amazon-apigateway-any-method: {{}}
"""


def read(content: object) -> ApiDocument:
    body = content if isinstance(content, str) else json.dumps(content)
    return ApiDocument.read(body.encode(), "s3://artifacts/cows.yaml")


def with_paths(**more: object) -> dict[str, object]:
    return {"paths": {"/": {"get": {}}}, **more}


def test_a_document_in_yaml_says_its_methods_and_which_aliases_variables_name() -> None:
    found = read(YAML)
    assert found.methods == {("/cows", "GET"), ("/cows", "POST"), ("/{proxy+}", "ANY")}
    assert found.aliases == {AliasOfVariable("cowsay", "alias")}


def test_a_slash_at_the_end_of_a_path_is_dropped_as_api_gateway_does() -> None:
    assert read({"openapi": "3.0.3", "paths": {"/cows/": {"get": {}}}}).methods == {("/cows", "GET")}


def integrating(**integration: str) -> dict[str, object]:
    return {"openapi": "3.0.3", "paths": {"/": {"get": {"x-amazon-apigateway-integration": integration}}}}


def authorizing(**authorizer: str) -> list[dict[str, object]]:
    schemes = {"auth": {"type": "apiKey", "x-amazon-apigateway-authorizer": authorizer}}
    return [
        with_paths(openapi="3.0.3", components={"securitySchemes": schemes}),
        with_paths(swagger="2.0", securityDefinitions=schemes),
    ]


def test_what_an_integration_invokes_in_its_callers_name_needs_no_permission() -> None:
    assert not read(integrating(uri=URI, credentials="arn:aws:iam::*:user/*")).aliases
    assert not read(authorizing(authorizerUri=URI, authorizerCredentials="arn:aws:iam::*:user/*")[0]).aliases


def test_an_authorizer_is_invoked_by_its_alias_too() -> None:
    for document in authorizing(authorizerUri=URI):
        assert read(document).aliases == {AliasOfVariable("cowsay", "alias", is_authorizer=True)}


ROLE = "arn:aws:iam::${AWS::AccountId}:role/api"


@pytest.mark.parametrize("document", [integrating(uri=URI, credentials=ROLE), *authorizing(authorizerCredentials=ROLE)])
def test_a_role_that_would_have_to_be_passed_on_is_refused_with_what_to_do(document: object) -> None:
    with pytest.raises(IncompatibleTargetError, match=r"no right to pass roles\. Leave the credentials out"):
        read(document)


def test_a_resource_policy_is_refused_with_what_to_do() -> None:
    with pytest.raises(IncompatibleTargetError, match="Set it where the API is created"):
        read(with_paths(openapi="3.0.3", **{"x-amazon-apigateway-policy": {"Statement": []}}))


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(with_paths(openapi="3.0.3", a="arn:aws:iam::444444444444:role/b")).replace("arn:", "arn\\u003a"),
        json.dumps(with_paths(openapi="3.0.3", a="arn:aws:iam::444444444444:role/b")).replace("4:role", "\\u0034:role"),
        json.dumps(with_paths(openapi="3.0.3", a=[{"arn:aws:iam::444444444444:role/b": 1}])),
    ],
)
def test_an_account_is_found_however_it_is_written(body: str) -> None:
    with pytest.raises(IncompatibleTargetError, match="account 444444444444"):
        read(body)


@pytest.mark.parametrize("said", [{"openapi": "3.0.3"}, {"openapi": "3.0.1"}, {"openapi": "3.0"}, {"swagger": "2.0"}])
def test_openapi_3_0_and_swagger_2_0_are_read(said: dict[str, str]) -> None:
    assert read(with_paths(**said)).methods == {("/", "GET")}


def test_versions_without_quotes_are_read_too() -> None:
    assert read("swagger: 2.0\npaths: {/: {get: {}}}").methods


@pytest.mark.parametrize("said", [{"openapi": "3.1.0"}, {"swagger": "1.2"}, {}, {"openapi": ["3.0.3"]}])
def test_other_versions_are_refused_with_what_to_give(said: dict[str, object]) -> None:
    with pytest.raises(IncompatibleTargetError, match=r"cows\.yaml says version .*give openapi: 3\.0\.3"):
        read(with_paths(**said))


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:lambda:us-east-1:444444444444:function:cowsay",
        "arn:aws:iam::444444444444:role/api",
        "arn:${AWS::Partition}:lambda:${AWS::Region}:444444444444:function:cowsay",
        "arn:${AWS::Partition}:apigateway:${AWS::Region}:sqs:path/444444444444/cows",
        "https://sqs.us-east-1.amazonaws.com/444444444444/cows",
        "arn:aws-cn:apigateway:cn-north-1:lambda:path/2015-03-31/functions/arn:aws-cn:lambda:cn-north-1:444444444444:f",
    ],
)
def test_a_document_that_belongs_to_one_account_is_refused(arn: str) -> None:
    with pytest.raises(IncompatibleTargetError, match=r"account 444444444444 .*\$\{AWS::AccountId\}"):
        read(with_paths(openapi="3.0.3", info={"description": arn}))


def test_twelve_digits_elsewhere_are_no_account() -> None:
    assert read(with_paths(openapi="3.0.3", info={"description": "call 444444444444"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "holds no mapping"),
        ("{not json", "neither JSON nor YAML"),
        ("a: [", "neither JSON nor YAML"),
        ("openapi: 3.0.3\npaths: {}", "no method"),
        ("openapi: 3.0.3\npaths: {/: {get: {}}}\nwhen: !!python/name:os.system", "YAML aliases or tags"),
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(IncompatibleTargetError, match=said):
        read(text)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(IncompatibleTargetError, match="neither JSON nor YAML"):
        ApiDocument.read(b"\xff\xfe\x00", "s3://artifacts/cows.zip")
