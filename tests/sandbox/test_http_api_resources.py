"""An HTTP API of plain CloudFormation resources: what is made, which requests have a route, and what comes through."""

import http.client
from pathlib import Path

import pytest

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.issuer import Issuer
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_function
from tests.sandbox.plain_api import (
    AUDIENCE,
    CALLED,
    NOT_FOUND,
    TOKEN_HEADER,
    UNAUTHORIZED,
    Api,
    an_api,
    request,
    trusting,
)


@pytest.fixture(scope="module")
def function(aws: StandIn, calls: Path) -> str:
    return a_function(aws, CALLED, environment={"CALLS": str(calls)})


@pytest.fixture(scope="module")
def api(aws: StandIn, function: str) -> Api:
    """Without an issuer: whoever has the link may call."""
    return an_api(aws, function)


def routes_of(aws: StandIn, api: Api) -> Json:
    found = aws.client("apigatewayv2", ASSETS).get_routes(ApiId=api.outputs["Api"])["Items"]
    return {route["RouteKey"]: route for route in found}


def test_what_the_template_refers_to_is_what_the_api_says(aws: StandIn, api: Api) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-route.html"""
    client = aws.client("apigatewayv2", ASSETS)

    assert client.get_api(ApiId=api.outputs["Api"])["ApiEndpoint"] == api.outputs["Endpoint"]
    assert api.outputs["Stage"] == "$default"
    assert {route["Target"] for route in routes_of(aws, api).values()} == {f"integrations/{api.outputs['Integration']}"}


def test_a_stage_says_its_limits_and_its_log(aws: StandIn, api: Api) -> None:
    stage = aws.client("apigatewayv2", ASSETS).get_stage(ApiId=api.outputs["Api"], StageName="$default")

    assert stage["AutoDeploy"]
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20}
    assert ":log-group:" in stage["AccessLogSettings"]["DestinationArn"]
    assert "$context.routeKey" in stage["AccessLogSettings"]["Format"]


def test_without_an_issuer_there_is_no_authorizer(aws: StandIn, api: Api) -> None:
    assert aws.client("apigatewayv2", ASSETS).get_authorizers(ApiId=api.outputs["Api"])["Items"] == []
    assert {key: route["AuthorizationType"] for key, route in routes_of(aws, api).items()} == {
        "GET /approvals/{link}": "NONE",
        "POST /approvals/{link}": "NONE",
        "POST /decisions/{approval}": "AWS_IAM",
    }
    assert not any("AuthorizerId" in route for route in routes_of(aws, api).values())


def test_with_an_issuer_there_is_one(aws: StandIn, function: str) -> None:
    with Issuer() as issuer:
        guarded = an_api(aws, function, issuer.url)
    found = aws.client("apigatewayv2", ASSETS).get_authorizers(ApiId=guarded.outputs["Api"])["Items"]

    assert [authorizer["AuthorizerId"] for authorizer in found] == [guarded.outputs["Authorizer"]]
    assert found[0]["JwtConfiguration"] == {"Issuer": issuer.url, "Audience": ["gantry"]}
    assert {
        key: (route["AuthorizationType"], "AuthorizerId" in route) for key, route in routes_of(aws, guarded).items()
    } == {
        "GET /approvals/{link}": ("JWT", True),
        "POST /approvals/{link}": ("JWT", True),
        "POST /decisions/{approval}": ("AWS_IAM", False),
    }


def test_an_issuer_can_be_set_and_taken_away_again(aws: StandIn, function: str) -> None:
    api = an_api(aws, function)
    url = f"{api.url}/approvals/abc"
    with Issuer() as issuer:
        token = issuer.token(email="ops@example.com", audience=AUDIENCE)
        guarded = trusting(aws, api, function, issuer.url)
        assert request(url) == UNAUTHORIZED
        assert request(url, headers={TOKEN_HEADER: token}).status == 200
        opened = trusting(aws, guarded, function, "")

    assert request(url).status == 200
    assert aws.client("apigatewayv2", ASSETS).get_authorizers(ApiId=api.outputs["Api"])["Items"] == []
    assert api.url == guarded.url == opened.url


def test_a_permission_names_the_route_and_not_the_path_that_was_asked_for(api: Api) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-dynamo-db.html"""
    status, event = request(f"{api.url}/approvals/abc")

    assert status == 200
    assert event["pathParameters"] == {"link": "abc"}
    assert "authorizer" not in event["requestContext"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_a_route_is_for_its_methods_alone(api: Api, calls: Path, method: str) -> None:
    before = calls.read_text()
    status, body = request(f"{api.url}/approvals/abc", method)

    assert status == 404
    assert body == ({} if method == "HEAD" else NOT_FOUND.body)
    assert calls.read_text() == before


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("a" * 5000, "a" * 5000),
        ("a%20b+c", "a b+c"),
        ("%E2%82%AC", "€"),
        ("%3Cscript%3E", "<script>"),
        ("a;b'c%22d", "a;b'c\"d"),
        ("%7Blink%7D", "{link}"),
        ("%252F", "%252F"),
        ("%00", "\0"),
        ("a%0D%0Ab", "a\r\nb"),
        ("%FF", "\N{REPLACEMENT CHARACTER}"),
        ("%zz", "%zz"),
        ("..", ".."),
    ],
)
def test_whatever_is_one_segment_is_the_parameter(api: Api, sent: str, received: str) -> None:
    status, event = request(f"{api.url}/approvals/{sent}")

    assert status == 200
    assert event["pathParameters"] == {"link": received}
    assert event["routeKey"] == "GET /approvals/{link}"


@pytest.mark.parametrize("path", ["", "a/b", "a%2Fb", "../decisions", "..%2Fdecisions"])
def test_what_is_more_or_less_than_a_segment_has_no_route(api: Api, calls: Path, path: str) -> None:
    before = calls.read_text()

    assert request(f"{api.url}/approvals/{path}") == NOT_FOUND
    assert calls.read_text() == before


def test_a_path_of_any_length_is_refused_and_not_an_error(aws: StandIn, api: Api, calls: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
    before = calls.read_text()
    connection = http.client.HTTPConnection(aws.endpoint.removeprefix("http://"))
    connection.request("GET", f"{api.url.removeprefix(aws.endpoint)}/approvals/{'a' * 100_000}")

    assert 400 <= connection.getresponse().status < 500
    assert calls.read_text() == before
