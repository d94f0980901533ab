from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.aws import ledger_keys as keys
from gantry.aws.approvals import Approvals
from gantry.aws.notifications import Topic
from gantry.handlers import request_approval
from gantry.promotion.approval import LONGEST_WAIT, Approval
from gantry.promotion.approval_link import link_key
from gantry.promotion.environment_gate import EnvironmentGate
from gantry.promotion.errors import NotificationError, QuorumUnreachableError
from gantry.promotion.ledger import HistoryEntry
from gantry.promotion.promotion_origin import PromotionOrigin
from tests.unit.handlers.asking import ID, TOKEN, answered, found, give, wait_for
from tests.unit.handlers.http_requests import answer, show, text_of
from tests.unit.handlers.mails import REFUSED, THROTTLED, Mailed, and_then, record_tags, refuse
from tests.unit.handlers.payloads import (
    ALARM,
    AUTHOR,
    BOSS,
    BOT,
    DIGEST,
    HOUR,
    LEAD,
    OPS,
    ORIGIN,
    PROMOTION,
    RELEASE,
    SENDER,
    TARGET,
    Said,
    Told,
    as_json,
    environment_input,
    invoke,
    payload,
    policy,
    release_input,
)
from tests.unit.handlers.records import history, live, record_live, record_quarantine, release_from_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "workloads", "told"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

ENTERED, STARTED, EXPIRES = "2998-11-22T09:30:00.123Z", "2998-11-22T09:00:00.000Z", "2998-11-25T09:30:00.123Z"


def ask(
    *approvers: str,
    origin: PromotionOrigin = ORIGIN,
    firing: tuple[str, ...] = (),
    execution: str = PROMOTION,
    **changed: Any,
) -> Any:
    event = payload(
        "RequestApproval",
        release=release_input(),
        origin=as_json({name: getattr(origin, name) for name in ("is_manual", "pushed_by", "started_by", "tags")}),
        environment=environment_input(policy(*approvers, **changed)),
        firing=list(firing),
        started_at=STARTED,
        execution=execution,
        entered_at=ENTERED,
    )
    return invoke(request_approval.handler, event)


def test_each_approver_gets_one_mail_with_a_link_of_their_own_to_the_same_question(mailed: Mailed) -> None:
    ask(OPS, LEAD, quorum=2)
    expected = Approval(
        id=ID,
        environment="prod",
        release=RELEASE,
        origin=ORIGIN,
        policy=policy(OPS, LEAD, quorum=2),
        targets=(TARGET,),
        settings={"memory_mb": "512", "environment.TO_SAY": "Hello from prod"},
        alarms=(ALARM,),
        firing=(),
        execution=PROMOTION,
        started_at=STARTED,
        requested_at=ENTERED,
        expires_at=EXPIRES,
        asked=(OPS, LEAD),
        revision=2,
    )
    assert found() == expected
    assert [mail.to for mail in mailed()] == [OPS, LEAD]
    assert len({mail.link for mail in mailed()}) == 2
    links = [Approvals.from_env().link(link_key(mail.link)) for mail in mailed()]
    assert [(link.approval_id, link.approver) for link in links if link] == [(ID, OPS), (ID, LEAD)]
    assert len({link.nonce_key for link in links if link}) == 2


def test_the_machine_is_told_where_to_leave_its_token_and_how_long_to_wait(mailed: Mailed) -> None:
    told = ask()
    assert (told["key"], told["decision"]) == (keys.approval(ID), None)
    assert told["seconds"] == LONGEST_WAIT
    assert len(mailed()) == 2


def test_the_wait_is_over_when_the_first_thing_is_due(mailed: Mailed) -> None:
    until_the_end = ask()["seconds"]
    other = ask(OPS, reminder_after_seconds=HOUR, escalate_to=(BOSS,), escalate_after_seconds=2 * HOUR)
    assert abs(other["seconds"] - until_the_end) < 60, "a retry asks about what was asked the first time"
    assert len(mailed()) == 2


def test_the_mail_tells_of_a_release_from_quarantine_as_the_ledger_knows_it(mailed: Mailed) -> None:
    record_quarantine(DIGEST)
    ask(OPS)
    release_from_quarantine(DIGEST)
    ask(LEAD, execution=f"{PROMOTION}-2")
    one, other = (mail.text for mail in mailed() if mail.subject.startswith("Approve "))
    assert "quarantine" not in one
    assert (
        "QuarantineRelease from quarantine Was in quarantine since 2026-11-20 08:00 UTC: rolled back in dev "
        "QuarantineRelease at 2026-11-21 09:00 UTC by bob@example.com, to start another promotion "
        "Because it was the load test What changes"
    ) in other


def test_the_links_of_the_mails_work(mailed: Mailed, workloads: Workloads) -> None:
    workloads.executions.running.add(PROMOTION)
    ask()
    assert wait_for(found(), workloads)
    first, second = mailed()
    assert f"You answer as {LEAD}" in text_of(show(second.link))
    assert answer(link=first.link)["statusCode"] == 200
    assert workloads.executions.answers[TOKEN]["decision"] == "approved"


def test_the_mail_says_what_is_asked_and_what_fires_already(mailed: Mailed) -> None:
    record_live(live(7))
    ask(OPS, firing=(f"{ALARM} in 444444444444/us-east-1",))
    (mail,) = mailed()
    assert mail.subject == "Approve cowsay 4f0c2d1 for prod?"
    for told in (DIGEST, "version 7 (tag7)", "Hello from prod", AUTHOR, "2998-11-25 09:30 UTC", f"{ALARM} in"):
        assert told in mail.text


def test_an_arn_gets_no_mail_and_may_answer_all_the_same(mailed: Mailed) -> None:
    told = ask(BOT)
    assert told["decision"] is None
    assert mailed() == []
    assert found().asked == ()
    assert found().approvers == (BOT,)


def test_nothing_that_could_decide_is_in_the_ledger_the_log_the_answer_or_an_event(
    mailed: Mailed, items: Said, logged: list[str], announced: Said
) -> None:
    told = ask()
    said = "".join(logged) + str(announced()) + str(told)
    assert "approval requested" in said
    for mail in mailed():
        assert len(mail.link) >= 43
        assert mail.link not in said + str(items())
        link = Approvals.from_env().link(link_key(mail.link))
        assert link
        assert len(link.nonce_key) >= 64
        assert link.nonce_key not in said + mail.html
        assert link_key(mail.link) not in said


def test_the_request_is_announced_with_who_is_asked_and_until_when(announced: Said, mailed: Mailed) -> None:
    ask(OPS, LEAD, BOT, quorum=2)
    (event,) = announced()
    assert event["detail-type"] == "Promotion Approval Requested"
    assert event["detail"] == {
        "service": "cowsay",
        "environment": "prod",
        "image_digest": DIGEST,
        "tag": "4f0c2d1",
        "approval": ID,
        "approvers": [OPS, LEAD, BOT],
        "quorum": 2,
        "expires_at": EXPIRES,
        "execution": PROMOTION,
    }
    assert len(mailed()) == 2


@pytest.mark.usefixtures("mailed")
def test_people_are_asked_also_when_that_cannot_be_announced(
    monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setenv("EVENT_BUS", "a-bus-that-is-not-there")
    assert ask()["decision"] is None
    assert any("not announced" in line for line in logged)


def test_a_retry_after_a_crash_half_way_asks_nobody_twice(mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        refuse(patch, LEAD, error=THROTTLED)
        with pytest.raises(ClientError, match="TooManyRequests"):
            ask(OPS, LEAD, BOSS)
    assert [mail.to for mail in mailed()] == [OPS]
    assert ask(OPS, LEAD, BOSS)["decision"] is None
    assert ask(OPS, LEAD, BOSS)["decision"] is None
    assert Counter(mail.to for mail in mailed()) == {OPS: 1, LEAD: 1, BOSS: 1}
    assert found().asked == (OPS, LEAD, BOSS)


def test_a_crash_between_ses_and_the_ledger_sends_that_one_mail_twice(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than never: SES has nothing by which it would know a mail again."""

    def crash() -> None:
        raise TimeoutError

    with monkeypatch.context() as patch:
        and_then(patch, crash)
        with pytest.raises(TimeoutError):
            ask(OPS, LEAD)
    assert ask(OPS, LEAD)["decision"] is None
    assert Counter(mail.to for mail in mailed()) == {OPS: 2, LEAD: 1}


@pytest.mark.usefixtures("mailed")
def test_the_mails_are_tagged_as_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    tagged = record_tags(monkeypatch)
    ask(OPS, LEAD)
    assert tagged == [(each, {"approval": ID, "kind": "question"}) for each in (OPS, LEAD)]


def test_a_retry_after_an_answer_finds_it(workloads: Workloads, mailed: Mailed, announced: Said) -> None:
    """Somebody was faster than the machine: no task waits yet, so RequestApproval itself brings the outcome."""
    ask()
    give(answered())
    announced()
    told = ask()
    assert told["decision"]["decision"] == "approved"
    assert told["decision"] == found().told()
    assert len(mailed()) == 2
    assert workloads.executions.answers == {}
    assert [event["detail-type"] for event in announced()] == ["Promotion Approval Decided"]


def test_who_answers_while_the_mails_go_out_ends_it_and_nobody_else_is_asked(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch, announced: Said
) -> None:
    and_then(monkeypatch, lambda: give(answered("rejected", reason="not on a Friday")))
    assert ask()["decision"]["decision"] == "rejected"
    assert [mail.to for mail in mailed()] == [OPS]
    assert [event["detail-type"] for event in announced()] == ["Promotion Approval Decided"]


def test_a_refused_mail_is_told_and_the_others_are_asked(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch, told: Told, announced: Said
) -> None:
    refuse(monkeypatch, OPS)
    assert ask(OPS, LEAD)["decision"] is None
    assert [mail.to for mail in mailed()] == [LEAD]
    assert (found().asked, found().undeliverable) == ((LEAD,), {OPS: str(REFUSED)})
    ((subject, text),) = told()
    assert subject == "cowsay 4f0c2d1: a mail about prod did not arrive"
    assert str(REFUSED) in text
    assert PROMOTION in text
    assert [event["detail-type"] for event in announced()] == ["Promotion Approval Requested"]
    ask(OPS, LEAD)
    assert len(told()) == 1, "a retry tells it once"


@pytest.mark.usefixtures("mailed")
def test_a_refused_mail_that_cannot_be_told_either_is_logged(
    monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    def fail(*_: object) -> None:
        raise NotificationError("SNS is away")

    refuse(monkeypatch, OPS)
    monkeypatch.setattr(Topic, "tell", fail)
    assert ask(OPS, LEAD)["decision"] is None
    assert any("people were not told" in line for line in logged)


def test_when_too_few_mails_are_taken_the_machine_gets_that_as_the_decision(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch, told: Told, announced: Said
) -> None:
    refuse(monkeypatch, OPS)
    told_to_machine = ask(OPS, LEAD, BOSS, quorum=3)["decision"]
    assert told_to_machine["decision"] == "undeliverable"
    assert str(REFUSED) in told_to_machine["explanation"]
    assert mailed() == [], "nobody is asked about what cannot be approved any more"
    assert told() == [], "the end of the promotion tells it"
    (event,) = announced()
    assert (event["detail-type"], event["detail"]["decision"]) == ("Promotion Approval Decided", "undeliverable")
    (entry,) = history()
    assert isinstance(entry, HistoryEntry)
    assert (entry.kind, entry.facts["decision"]) == ("approval_decided", "undeliverable")


def test_an_unverified_sender_ends_it_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SENDER", f"not-{SENDER}")
    explanation = ask(OPS)["decision"]["explanation"]
    assert "verify the sender in SES" in explanation


def test_who_pushed_it_is_asked_too_as_long_as_the_others_are_enough(mailed: Mailed) -> None:
    """They can reject it."""
    assert ask(AUTHOR, OPS)["decision"] is None
    assert [mail.to for mail in mailed()] == [AUTHOR, OPS]


@pytest.mark.parametrize(
    "origin",
    [
        ORIGIN,
        PromotionOrigin(is_manual=True, started_by=AUTHOR),
        PromotionOrigin(is_manual=True, pushed_by="author", started_by=BOSS),
    ],
    ids=["pushed", "started", "pushed with a name only"],
)
def test_when_the_quorum_needs_who_pushed_or_started_it_nobody_is_asked(
    mailed: Mailed, items: Said, origin: PromotionOrigin
) -> None:
    with pytest.raises(QuorumUnreachableError, match=r"prod needs 2 approvals.*self_approval: true"):
        ask(AUTHOR, OPS, quorum=2, origin=origin)
    assert (mailed(), items()) == ([], [])


def test_where_self_approval_is_allowed_they_count(mailed: Mailed) -> None:
    assert ask(AUTHOR, OPS, quorum=2, self_approval=True)["decision"] is None
    assert len(mailed()) == 2


def test_an_environment_without_a_policy_is_refused() -> None:
    event = payload(
        "RequestApproval",
        release=release_input(),
        origin={"is_manual": False},
        environment=environment_input(None),
        firing=[],
        started_at=STARTED,
        execution=PROMOTION,
        entered_at=ENTERED,
    )
    with pytest.raises(QuorumUnreachableError, match="names nobody to ask about prod"):
        invoke(request_approval.handler, event)


def test_the_release_stands_at_the_gate_from_then_on(mailed: Mailed) -> None:
    ask()
    ask()
    assert Approvals.from_env().gate("cowsay", "prod") == EnvironmentGate(ID, "cowsay 4f0c2d1", PROMOTION, STARTED)
    assert found().outcome is None
    assert len(mailed()) == 2
