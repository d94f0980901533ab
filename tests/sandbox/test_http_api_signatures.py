"""Routes that want a signature (AWS_IAM): whose is taken, and what a function learns of the caller."""

import json
from pathlib import Path

import pytest

from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.issuer import Issuer
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.repairs.role_sessions import Keys
from tests.sandbox.given import Json, a_function, a_role, allow
from tests.sandbox.plain_api import (
    AUDIENCE,
    CALLED,
    FORBIDDEN,
    TOKEN_HEADER,
    Api,
    an_api,
    assumed,
    request,
    signature,
    signed,
)


@pytest.fixture(scope="module")
def decider(aws: StandIn, api: Api) -> Keys:
    """Keys of a role, with a path, that may decide."""
    may = allow("execute-api:Invoke", f"{api.arn}/$default/POST/decisions/*")
    return assumed(aws, a_role(aws, may, trusts=of_its_account(ASSETS), path="/automation/"), "change-4711")


def of_its_account(account: str) -> Json:
    return {"AWS": f"arn:aws:iam::{account}:root"}


def test_a_role_that_may_call_the_route_is_named(aws: StandIn, api: Api, decider: Keys) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html"""
    body = json.dumps({"decision": "approved"}).encode()
    status, event = signed(f"{api.url}/decisions/a%3A1%20b", decider, body)
    caller = aws.session_client("sts", REGION, *decider).get_caller_identity()
    iam = event["requestContext"]["authorizer"]["iam"]

    assert status == 200
    assert event["pathParameters"] == {"approval": "a:1 b"}
    assert iam["userArn"] == caller["Arn"]
    assert iam["userArn"].startswith(f"arn:aws:sts::{ASSETS}:assumed-role/role-")
    assert iam["userArn"].endswith("/change-4711")
    assert (iam["accountId"], iam["accessKey"]) == (ASSETS, decider.access_key)
    assert iam["callerId"] == iam["userId"] == caller["UserId"]


@pytest.mark.usefixtures("uncalled")
@pytest.mark.parametrize(
    "authorization", [None, "Bearer abc", "Basic YTpi", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 abc"]
)
def test_a_request_without_a_signature_is_refused(api: Api, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}

    assert request(f"{api.url}/decisions/1", "POST", b"{}", headers) == FORBIDDEN


@pytest.mark.usefixtures("uncalled")
def test_a_token_is_no_signature(api: Api, issuer: Issuer) -> None:
    token = issuer.token(email="ops@example.com", audience=AUDIENCE)

    assert request(f"{api.url}/decisions/1", "POST", b"{}", {TOKEN_HEADER: token}) == FORBIDDEN
    assert request(f"{api.url}/decisions/1", "POST", b"{}", {"Authorization": f"Bearer {token}"}) == FORBIDDEN


@pytest.mark.usefixtures("uncalled")
def test_a_wrong_signature_is_refused(api: Api, decider: Keys) -> None:
    url = f"{api.url}/decisions/1"

    assert signed(url, decider._replace(secret="another")) == FORBIDDEN
    assert signed(url, decider._replace(token=None)) == FORBIDDEN
    assert signed(url, decider._replace(token="another")) == FORBIDDEN
    assert signed(url, Keys("AKIAIOSFODNN7EXAMPLE", "secret")) == FORBIDDEN


@pytest.mark.usefixtures("uncalled")
def test_a_signature_is_of_this_very_request(api: Api, decider: Keys) -> None:
    url = f"{api.url}/decisions/1"
    headers = signature(url, decider, b"rejected")

    assert request(url, "POST", b"approved", headers) == FORBIDDEN
    assert request(f"{api.url}/decisions/2", "POST", b"rejected", headers) == FORBIDDEN


@pytest.mark.usefixtures("uncalled")
@pytest.mark.parametrize("scope", [("lambda", REGION), ("execute-api", "eu-west-1")])
def test_a_signature_is_for_the_api_in_its_region(aws: StandIn, api: Api, scope: tuple[str, str]) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"""
    anything = assumed(aws, a_role(aws, allow("execute-api:Invoke"), trusts=of_its_account(ASSETS)))

    assert signed(f"{api.url}/decisions/1", anything, scope=scope) == FORBIDDEN


@pytest.mark.usefixtures("uncalled")
@pytest.mark.parametrize(
    "resource",
    ["$default/GET/decisions/*", "$default/POST/approvals/*", "prod/POST/decisions/*", "$default/POST/decisions/2"],
)
def test_a_role_may_call_only_the_routes_it_is_given(aws: StandIn, api: Api, resource: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html"""
    role = a_role(aws, allow("execute-api:Invoke", f"{api.arn}/{resource}"), trusts=of_its_account(ASSETS))

    assert signed(f"{api.url}/decisions/1", assumed(aws, role)) == FORBIDDEN


@pytest.mark.usefixtures("uncalled")
def test_another_account_lets_nobody_in(aws: StandIn, api: Api) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html"""
    role = a_role(aws, allow("execute-api:Invoke"), trusts=of_its_account(DEV), account=DEV)

    assert signed(f"{api.url}/decisions/1", assumed(aws, role)) == FORBIDDEN


def test_an_open_route_does_not_look_at_signatures(aws: StandIn, calls: Path) -> None:
    open_api = an_api(aws, a_function(aws, CALLED, environment={"CALLS": str(calls)}))
    role = a_role(aws, trusts=of_its_account(DEV), account=DEV)

    assert signed(f"{open_api.url}/approvals/1", assumed(aws, role)).status == 200
    assert signed(f"{open_api.url}/approvals/1", Keys("AKIAIOSFODNN7EXAMPLE", "secret")).status == 200


def test_a_request_to_the_custom_domain_is_signed_as_it_is_sent(aws: StandIn, calls: Path) -> None:
    newest = an_api(aws, a_function(aws, CALLED, environment={"CALLS": str(calls)}))
    role = a_role(
        aws, allow("execute-api:Invoke", f"{newest.arn}/$default/POST/decisions/*"), trusts=of_its_account(ASSETS)
    )
    keys, url = assumed(aws, role), f"{aws.endpoint}/_domain/decisions/a%3A1"

    assert signed(url, keys).body["pathParameters"] == {"approval": "a:1"}
    assert signed(url, keys._replace(secret="another")) == FORBIDDEN
