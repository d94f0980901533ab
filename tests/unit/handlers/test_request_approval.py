import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from aws.approvals import Approvals
from handlers import request_approval
from promotion.approval import Approval, approval_id, link_key
from promotion.errors import MailError
from promotion.moments import iso, moment
from tests.unit.handlers.payloads import (
    DIGEST,
    ENTERED_AT,
    PROMOTION,
    RELEASE,
    SENDER,
    Said,
    invoke,
    payload,
    release_input,
)

pytestmark = pytest.mark.usefixtures("ledger")

TOKEN = "AQCEAAAAKgAAAAMAAAAA"
OPS, LEAD = "ops@example.com", "lead@example.com"
EXPIRES_AT = iso(moment(ENTERED_AT) + timedelta(hours=72))
LINK = re.compile(r"href='https://approvals\.example\.com/approvals/([^']+)'")
Sent = Callable[[], dict[str, Any]]


@pytest.fixture
def mailed(account: None) -> Sent:
    """What was mailed from a verified sender, by who it was sent to."""
    ses = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    ses.verify_email_identity(SENDER)
    sent = ses.sent_messages
    sent.clear()
    return lambda: {message.destinations["ToAddresses"][0]: message for message in sent}


def ask(*approvers: str, token: str = TOKEN, live: str | None = "version 7 (tag7)") -> Any:
    event = payload(
        "RequestApproval",
        task_token=token,
        release=release_input(),
        environment="prod",
        approval={"approvers": list(approvers or (OPS, LEAD)), "expires_after_seconds": 72 * 3600},
        live=live,
        execution=PROMOTION,
    )
    return invoke(request_approval.handler, event)


def links(mailed: Sent) -> dict[str, str]:
    return {to: LINK.findall(message.body)[0] for to, message in mailed().items()}


def test_each_approver_gets_a_link_of_their_own_to_the_same_question(mailed: Sent) -> None:
    assert ask() == {}
    expected = Approval(
        id=approval_id(PROMOTION, "prod"),
        environment="prod",
        release=RELEASE,
        live="version 7 (tag7)",
        approvers=(OPS, LEAD),
        execution=PROMOTION,
        requested_at=ENTERED_AT,
        expires_at=EXPIRES_AT,
    )
    assert links(mailed).keys() == {OPS, LEAD}
    for approver, link in links(mailed).items():
        assert Approvals.from_env().find(link_key(link)) == (expected, approver)
    assert len(set(links(mailed).values())) == 2
    assert Approvals.from_env().task_token(expected.id) == TOKEN


def test_the_mail_comes_from_the_sender_and_says_what_is_asked(mailed: Sent) -> None:
    ask(OPS)
    mail = mailed()[OPS]
    assert (mail.source, mail.subject) == (SENDER, "Approve cowsay 4f0c2d1 for prod?")
    for told in (DIGEST, "version 7 (tag7)", EXPIRES_AT):
        assert told in mail.body


def test_nothing_that_could_decide_is_in_the_ledger_the_log_or_an_event(
    mailed: Sent, items: Said, logged: list[str], announced: Said
) -> None:
    ask()
    told = "".join(logged) + str(announced())
    assert "approval requested" in told
    for link in links(mailed).values():
        assert len(link) >= 43
        assert link not in told + str(items())
    assert TOKEN not in told


def test_the_request_is_announced_with_who_is_asked_and_until_when(mailed: Sent, announced: Said) -> None:
    ask()
    (event,) = announced()
    assert event["detail-type"] == "Promotion Approval Requested"
    assert event["detail"] == {
        "service": "cowsay",
        "environment": "prod",
        "image_digest": DIGEST,
        "tag": "4f0c2d1",
        "approvers": [OPS, LEAD],
        "expires_at": EXPIRES_AT,
        "execution": PROMOTION,
    }
    assert len(mailed()) == 2


def test_a_retry_asks_about_the_same_approval_with_its_new_token(mailed: Sent, items: Said) -> None:
    ask(OPS)
    first = links(mailed)[OPS]
    ask(OPS, token="another token")
    second = links(mailed)[OPS]
    assert first != second
    assert Approvals.from_env().find(link_key(first)) == Approvals.from_env().find(link_key(second))
    assert Approvals.from_env().task_token(approval_id(PROMOTION, "prod")) == "another token"
    assert len([item for item in items() if item["sk"] == "approval"]) == 1


def test_a_first_deployment_is_asked_about_as_such(mailed: Sent) -> None:
    ask(OPS, live=None)
    assert "<td>nothing</td>" in mailed()[OPS].body


def test_a_mail_that_is_refused_ends_the_promotion_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, announced: Said
) -> None:
    monkeypatch.setenv("MAIL_SENDER", "nobody@example.com")
    with pytest.raises(MailError, match="verify the sender in SES"):
        ask(OPS)
    assert announced() == []
