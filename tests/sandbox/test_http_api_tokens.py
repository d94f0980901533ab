"""Routes behind a JWT authorizer: which tokens let people in, and what a function learns of them."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.stand_in.issuer import Issuer
from tests.sandbox.given import Json
from tests.sandbox.plain_api import AUDIENCE, TOKEN_HEADER, UNAUTHORIZED, Answer, Api, request

EMAIL = "ops@example.com"
NOW = int(time.time())


@pytest.fixture(scope="module")
def stranger() -> Iterator[Issuer]:
    """Another issuer, which the API does not trust."""
    with Issuer() as running:
        yield running


def shown(api: Api, token: str) -> Answer:
    return request(f"{api.url}/approvals/abc", headers={TOKEN_HEADER: token})


def claims_of(answer: Answer) -> Json:
    assert answer.status == 200
    claims: Json = answer.body["requestContext"]["authorizer"]["jwt"]["claims"]
    return claims


@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_a_token_of_the_issuer_lets_in(api: Api, issuer: Issuer, prefix: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"""
    claims = claims_of(shown(api, prefix + issuer.token(email=EMAIL, audience=AUDIENCE)))

    assert (claims["email"], claims["iss"], claims["aud"]) == (EMAIL, issuer.url, AUDIENCE)


def test_every_claim_arrives_as_a_string(api: Api, issuer: Issuer) -> None:
    """https://github.com/floci-io/floci/pull/2011"""
    several = {"email_verified": True, "groups": ["release", "on call"], "level": 3, "address": {"country": "JP"}}
    claims = claims_of(shown(api, issuer.token(email=EMAIL, audience=AUDIENCE, exp=NOW + 600, **several)))

    assert claims["exp"] == str(NOW + 600)
    assert (claims["email_verified"], claims["level"]) == ("true", "3")
    assert claims["groups"] == "[release on call]"
    assert claims["address"] == '{"country":"JP"}'


def test_a_claim_that_is_null_is_left_out(api: Api, issuer: Issuer) -> None:
    standard = {"iss": issuer.url, "aud": AUDIENCE, "exp": NOW + 600}

    assert claims_of(shown(api, issuer.signed({**standard, "email": None}))).keys() == standard.keys()


def test_a_route_without_scopes_hands_on_none(api: Api, issuer: Issuer) -> None:
    """https://github.com/awsdocs/amazon-api-gateway-developer-guide/issues/113"""
    answer = shown(api, issuer.token(email=EMAIL, audience=AUDIENCE, scope="openid email"))

    assert claims_of(answer)["scope"] == "openid email"
    assert answer.body["requestContext"]["authorizer"]["jwt"]["scopes"] is None


@pytest.mark.usefixtures("uncalled")
def test_without_a_token_nobody_is_let_in(api: Api, issuer: Issuer) -> None:
    elsewhere = {"Authorization": f"Bearer {issuer.token(email=EMAIL, audience=AUDIENCE)}"}

    for method in ("GET", "POST"):
        assert request(f"{api.url}/approvals/abc", method) == UNAUTHORIZED
        assert request(f"{api.url}/approvals/abc", method, headers=elsewhere) == UNAUTHORIZED


@pytest.mark.usefixtures("uncalled")
def test_a_token_of_another_issuer_is_refused(api: Api, issuer: Issuer, stranger: Issuer) -> None:
    assert shown(api, stranger.token(email=EMAIL, audience=AUDIENCE)) == UNAUTHORIZED
    assert shown(api, stranger.token(email=EMAIL, audience=AUDIENCE, iss=issuer.url)) == UNAUTHORIZED
    assert shown(api, issuer.token(email=EMAIL, audience=AUDIENCE, iss=stranger.url)) == UNAUTHORIZED


@pytest.mark.usefixtures("uncalled")
def test_a_signature_is_of_this_very_token(api: Api, issuer: Issuer) -> None:
    head, _, signature_of_one = issuer.token(email=EMAIL, audience=AUDIENCE).split(".")
    _, claims, _ = issuer.token(email="another@example.com", audience=AUDIENCE).split(".")

    assert shown(api, f"{head}.{claims}.{signature_of_one}") == UNAUTHORIZED
    assert shown(api, f"{head}.{claims}.") == UNAUTHORIZED


@pytest.mark.usefixtures("uncalled")
@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ["another", "third"]},
        {"aud": None},
        {"exp": NOW - 60},
        {"nbf": NOW + 600},
        {"iat": NOW + 600},
    ],
)
def test_a_token_for_another_audience_or_time_is_refused(api: Api, issuer: Issuer, claims: Json) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"""
    assert shown(api, issuer.token(email=EMAIL, audience=AUDIENCE, **claims)) == UNAUTHORIZED


@pytest.mark.usefixtures("uncalled")
@pytest.mark.parametrize(
    "header", [{"alg": "none"}, {"alg": "HS256"}, {"alg": None}, {"kid": None}, {"kid": "another"}]
)
def test_a_token_names_its_key_and_an_algorithm_of_rsa(api: Api, issuer: Issuer, header: Json) -> None:
    good = {"iss": issuer.url, "aud": AUDIENCE, "exp": NOW + 600}

    assert shown(api, issuer.signed(good, **header)) == UNAUTHORIZED


@pytest.mark.usefixtures("uncalled")
@pytest.mark.parametrize("claims", [[], "text", None, 1, {"exp": "tomorrow"}, {"exp": [1]}, {"nbf": {}}])
def test_what_is_no_set_of_claims_is_refused(api: Api, issuer: Issuer, claims: Any) -> None:
    if isinstance(claims, dict):
        claims = {"iss": issuer.url, "aud": AUDIENCE, **claims}

    assert shown(api, issuer.signed(claims)) == UNAUTHORIZED


@pytest.mark.usefixtures("uncalled")
@pytest.mark.parametrize(
    "token", ["a", "a.b.c", "..", "bnVsbA.bnVsbA.c", "W10.W10.c", "Bearer", "Basic YTpi", "a" * 9000]
)
def test_what_is_no_token_is_refused(api: Api, token: str) -> None:
    assert shown(api, token) == UNAUTHORIZED
