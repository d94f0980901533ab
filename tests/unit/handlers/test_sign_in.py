"""Where the stack has an OpenID Connect issuer, a link is not enough."""

from typing import Any

import pytest

from gantry.handlers.http_api import decide_approval
from tests.unit.handlers.asking import TOKEN, ask, found
from tests.unit.handlers.http_requests import OTHER_LINK, answer, nonce_on, posted, show, text_of
from tests.unit.handlers.payloads import LEAD, OPS, Said, invoke
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

ISSUER = "https://login.example.com"


@pytest.fixture(autouse=True)
def issuer(monkeypatch: pytest.MonkeyPatch, account: None) -> None:
    monkeypatch.setenv("SIGN_IN_ISSUER", ISSUER)


def signed_in(email: str | None = OPS, verified: str | None = "true", issuer: str = ISSUER) -> dict[str, Any]:
    """What the HTTP API's authorizer makes of a token: all claims are text."""
    claims = {"iss": issuer, "sub": "00u1", "aud": "gantry", "email": email, "email_verified": verified}
    return {"jwt": {"claims": {name: value for name, value in claims.items() if value is not None}, "scopes": None}}


WRONG: dict[str, tuple[dict[str, Any] | None, str]] = {
    "nobody": (None, "does not prove a mail address"),
    "a caller of IAM": ({"iam": {"userArn": "arn:aws:iam::111111111111:user/ops"}}, "does not prove a mail address"),
    "no address": (signed_in(None), "does not prove a mail address"),
    "an unverified address": (signed_in(verified="false"), "does not prove a mail address"),
    "an address that may be verified": (signed_in(verified="False"), "does not prove a mail address"),
    "another issuer": (signed_in(issuer="https://evil.example.com"), "does not prove a mail address"),
    "another approver": (signed_in(LEAD), f"You are signed in as “{LEAD}”"),
    "another spelling": (signed_in("op\N{LATIN SMALL LETTER LONG S}@example.com"), "You are signed in as “op"),
    "another spelling of the domain": (
        signed_in("ops@e\N{FULLWIDTH LATIN SMALL LETTER X}ample.com"),
        "You are signed in as “ops@e",
    ),
    "a stranger": (signed_in("<b>mallory@example.com"), "You are signed in as “<b>mallory@example.com”"),
}


@pytest.mark.parametrize(("authorizer", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_without_the_approvers_own_sign_in_nothing_is_shown_and_nothing_is_accepted(
    workloads: Workloads, items: Said, authorizer: dict[str, Any] | None, sentence: str
) -> None:
    ask(workloads)
    nonce = nonce_on(show(authorizer=signed_in()))
    kept = items()
    form = {"nonce": nonce, "decision": "approved"}
    hidden = show(authorizer=authorizer)
    refused = invoke(decide_approval.handler, posted(form, authorizer=authorizer))
    assert "Nothing was changed." not in text_of(hidden), "nothing was to be changed"
    assert "Nothing was changed." in text_of(refused)
    for refusal in (hidden, refused):
        assert refusal["statusCode"] == 403
        assert sentence in text_of(refusal)
        assert "Sign in with the address that" in text_of(refusal)
        assert "cowsay" not in refusal["body"]
        assert OPS not in refusal["body"], "the page does not say whose link it is"
        assert "<b>" not in refusal["body"]
    assert items() == kept
    assert workloads.executions.answers == {}


@pytest.mark.parametrize("authorizer", [signed_in(), signed_in("Ops@Example.com"), signed_in(verified=None)])
def test_the_approvers_own_sign_in_is_kept_with_the_answer(workloads: Workloads, authorizer: dict[str, Any]) -> None:
    ask(workloads)
    assert answer(authorizer=authorizer)["statusCode"] == 200
    (given,) = found().answers
    assert (given.approver, given.identity) == (OPS, f"{OPS} (signed in as 00u1 at {ISSUER})")
    assert workloads.executions.answers[TOKEN]["answers"][0]["identity"] == given.identity


def test_an_unknown_link_is_not_found_whoever_has_signed_in(workloads: Workloads) -> None:
    ask(workloads)
    assert show("nowhere", authorizer=signed_in())["statusCode"] == 404


def test_each_link_needs_its_own_approver(workloads: Workloads) -> None:
    ask(workloads)
    assert show(OTHER_LINK, authorizer=signed_in())["statusCode"] == 403
    assert show(OTHER_LINK, authorizer=signed_in(LEAD))["statusCode"] == 200


def test_without_an_issuer_the_link_is_enough(workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGN_IN_ISSUER", "")
    ask(workloads)
    assert answer(authorizer=signed_in(LEAD))["statusCode"] == 200
    assert found().answers[0].identity == OPS
