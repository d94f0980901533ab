from typing import Any

import pytest

from gantry.aws.approvals import Approvals
from gantry.handlers.event_rules import on_bounce
from gantry.promotion.approval import Approval
from tests.unit.handlers.asking import ID, TOKEN, answered, ask, end, found, give, outcome_of
from tests.unit.handlers.http_requests import show, text_of
from tests.unit.handlers.mails import THROTTLED
from tests.unit.handlers.payloads import BOSS, LEAD, OPS, SENDER, Said, Told, invoke
from tests.unit.handlers.records import decisions
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

WHY = "smtp; 550 5.1.1 user unknown"


def event(
    detail_type: str, *addresses: str, approval_id: str = ID, of: str = "question", **what: Any
) -> dict[str, Any]:
    """As SES puts it onto the default bus: https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html ."""
    mail = {
        "timestamp": "2026-11-22T09:30:02.345Z",
        "source": SENDER,
        "sendingAccountId": "111111111111",
        "messageId": "0100019aa0e1b2c3-1111",
        "destination": list(addresses),
        "headersTruncated": False,
        "tags": {"ses:configuration-set": ["gantry-approvals"], "approval": [approval_id], "kind": [of]},
    }
    return {
        "version": "0",
        "id": "13cde686-328b-6117-af20-0e5566167482",
        "detail-type": detail_type,
        "source": "aws.ses",
        "account": "111111111111",
        "time": "2026-11-22T09:30:05Z",
        "region": "us-east-1",
        "resources": ["arn:aws:ses:us-east-1:111111111111:configuration-set/gantry-approvals"],
        "detail": {"eventType": detail_type, "mail": mail, **what},
    }


def bounced(*addresses: str, kind: str = "Permanent", why: str | None = WHY, **mail: str) -> dict[str, Any]:
    recipients = [
        {"emailAddress": each, "action": "failed", "status": "5.1.1"} | ({"diagnosticCode": why} if why else {})
        for each in addresses
    ]
    bounce = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": recipients, "feedbackId": "1"}
    return event("Email Bounced", *addresses, bounce=bounce, **mail)


def rejected(*addresses: str, **mail: str) -> dict[str, Any]:
    return event("Email Rejected", *addresses, reject={"reason": "Bad content"}, **mail)


def hear(event: dict[str, Any]) -> None:
    assert invoke(on_bounce.handler, event) is None


def test_an_unreachable_approver_is_noted_and_the_team_is_notified(workloads: Workloads, told: Told) -> None:
    ask(workloads, OPS, LEAD)
    hear(bounced(LEAD))
    assert found().outcome is None
    assert WHY in found().undeliverable[LEAD]
    ((_, text),) = told()
    assert LEAD in text
    assert WHY in text
    assert workloads.executions.answers == {}
    assert LEAD in text_of(show()), "the others see it on the page"


def test_a_mail_server_may_give_no_reason(workloads: Workloads, told: Told) -> None:
    ask(workloads, OPS, LEAD)
    hear(bounced(LEAD, why=None))
    assert "gives no reason" in found().undeliverable[LEAD]


def test_a_mail_that_ses_rejected_reached_nobody(workloads: Workloads, told: Told) -> None:
    ask(workloads, OPS, LEAD)
    hear(rejected(OPS))
    assert "SES rejected the mail" in found().undeliverable[OPS]
    assert len(told()) == 1


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_only_a_permanent_bounce_says_that_nobody_is_there(
    workloads: Workloads, told: Told, items: Said, kind: str
) -> None:
    ask(workloads, OPS)
    kept = items()
    hear(bounced(OPS, kind=kind))
    assert (items(), told()) == (kept, [])


@pytest.mark.parametrize(
    "unheeded", [what(OPS, of=of) for what in (bounced, rejected) for of in ("reminder", "notice")]
)
def test_a_bounced_reminder_or_notice_changes_nothing(
    workloads: Workloads, told: Told, items: Said, unheeded: Any
) -> None:
    ask(workloads, OPS)
    kept = items()
    hear(unheeded)
    assert (items(), told(), workloads.executions.answers) == (kept, [], {})


@pytest.mark.parametrize("address", [OPS, "OPS@Example.com"])
def test_when_too_few_are_left_the_approval_ends_and_the_machine_is_notified(
    workloads: Workloads, told: Told, announced: Said, address: str
) -> None:
    ask(workloads, OPS, LEAD, quorum=2)
    hear(bounced(address))
    assert found().outcome == "undeliverable"
    assert workloads.executions.answers == {TOKEN: outcome_of(found())}
    assert WHY in workloads.executions.answers[TOKEN]["explanation"]
    assert [each["detail"]["decision"] for each in announced()] == ["undeliverable"]
    assert [entry.facts["decision"] for entry in decisions()] == ["undeliverable"]
    assert told() == [], "the end of the promotion notifies the team"


def test_the_same_bounce_twice_counts_once(workloads: Workloads, told: Told, announced: Said) -> None:
    """EventBridge may hand over an event more than once."""
    ask(workloads, OPS, LEAD, BOSS, quorum=2)
    hear(bounced(OPS))
    hear(bounced(OPS))
    assert len(told()) == 1
    hear(bounced(LEAD))
    hear(bounced(LEAD))
    hear(bounced(BOSS))
    assert len(announced()) == 1
    assert len(decisions()) == 1


def test_a_retry_delivers_the_outcome_that_the_first_try_could_not(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, announced: Said
) -> None:
    ask(workloads, OPS)

    def fails(*_: object) -> bool:
        raise THROTTLED

    with monkeypatch.context() as patch:
        patch.setattr(workloads.executions, "succeed", fails)
        with pytest.raises(type(THROTTLED)):
            hear(bounced(OPS))
    hear(bounced(OPS))
    assert workloads.executions.answers[TOKEN]["decision"] == "undeliverable"
    assert len(announced()) == 1


def test_a_bounce_of_another_address_keeps_nobody_from_approving(workloads: Workloads, told: Told) -> None:
    """Of a list's address, for example, which one of its members bounced."""
    before = ask(workloads, OPS)
    for number in range(50):
        hear(bounced(f"member{number}@example.com"))
    assert found() == before
    assert told() == []


@pytest.mark.parametrize("outcome", ["superseded", "expired"])
def test_a_bounce_after_the_end_changes_nothing(
    workloads: Workloads, told: Told, announced: Said, outcome: str
) -> None:
    ask(workloads, OPS)
    before = end(outcome, "cowsay tag9")
    hear(bounced(OPS))
    assert found() == before
    assert (told(), announced(), workloads.executions.answers) == ([], [], {})


def test_a_bounce_after_an_answer_changes_nothing(workloads: Workloads, told: Told) -> None:
    ask(workloads, OPS, LEAD, quorum=2)
    give(answered(approver=OPS))
    hear(bounced(OPS))
    assert found().outcome is None
    assert told() == []


def test_a_bounce_about_no_approval_is_an_error(ledger: Any) -> None:
    with pytest.raises(LookupError, match="there is no approval"):
        hear(bounced(OPS, approval_id="unknown"))
    assert ledger.scan()["Items"] == []


def test_an_answer_at_the_same_moment_stays(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, announced: Said
) -> None:
    ask(workloads, OPS)
    get = Approvals.get

    def and_press(approvals: Approvals, approval_id: str) -> Approval:
        before = get(approvals, approval_id)
        monkeypatch.setattr(Approvals, "get", get)
        give(answered())
        return before

    monkeypatch.setattr(Approvals, "get", and_press)
    hear(bounced(OPS))
    assert found().outcome == "approved"
    assert announced() == []
