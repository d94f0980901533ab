from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from gantry.aws import ledger_keys as keys
from gantry.aws.approvals import Approvals
from gantry.aws.ledger import Ledger
from gantry.handlers.promotion_machine import follow_up_approval
from gantry.promotion.approval import Approval
from tests.unit.handlers.asking import (
    FAR_AWAY,
    ID,
    LONG_AGO,
    TOKEN,
    answered,
    ask,
    end,
    found,
    give,
    outcome_of,
    wait_for,
)
from tests.unit.handlers.http_requests import LINK, answer, show, text_of
from tests.unit.handlers.mails import REFUSED, THROTTLED, Mailed, and_then, record_tags, refuse
from tests.unit.handlers.payloads import (
    BOSS,
    BOT,
    HOUR,
    LEAD,
    OPS,
    PROMOTION,
    Said,
    as_json,
    invoke,
    payload,
    release_input,
)
from tests.unit.handlers.records import decisions
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "told"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

NEVER = 900 * 365 * 24 * HOUR
"""So late that it is not due."""


FOLLOW_UP = payload("FollowUpApproval", release=release_input(), environment="prod", execution=PROMOTION)


def follow_up() -> Any:
    return invoke(follow_up_approval.handler, FOLLOW_UP)


def waiting(approval: Approval) -> dict[str, Any]:
    return {"key": keys.approval(approval.id), "decision": None}


def test_when_nothing_is_due_nothing_happens(
    workloads: Workloads, mailed: Mailed, items: Said, announced: Said
) -> None:
    approval = ask(workloads, reminder_after_seconds=NEVER, escalate_to=(BOSS,), escalate_after_seconds=NEVER)
    kept = items()
    answered_to_machine = follow_up()
    assert answered_to_machine.items() >= waiting(approval).items()
    assert answered_to_machine["seconds"] > HOUR
    assert (items(), mailed(), announced()) == (kept, [], [])


def test_the_reminder_goes_once_and_only_to_those_who_have_not_answered(workloads: Workloads, mailed: Mailed) -> None:
    ask(workloads, OPS, LEAD, BOT, quorum=2, reminder_after_seconds=HOUR)
    give(answered(approver=OPS))
    first = follow_up()
    follow_up()
    assert first["decision"] is None
    assert first["seconds"] > HOUR, "the reminder is not due again"
    (mail,) = mailed()
    assert mail.to == LEAD
    assert mail.subject.startswith("Reminder: ")
    assert found().is_reminded


def test_the_reminders_link_works_and_so_does_the_first_one(workloads: Workloads, mailed: Mailed) -> None:
    ask(workloads, OPS, LEAD, quorum=2, reminder_after_seconds=HOUR)
    follow_up()
    reminded = {mail.to: mail.link for mail in mailed()}
    assert f"You answer as {OPS}" in text_of(show(LINK))
    assert answer(link=LINK)["statusCode"] == 200
    assert "<form" not in show(reminded[OPS])["body"], "who has answered by one link has answered"
    assert answer(link=reminded[LEAD])["statusCode"] == 200
    assert workloads.executions.answers[TOKEN]["decision"] == "approved"


def test_from_the_escalation_on_others_may_answer_too(workloads: Workloads, mailed: Mailed) -> None:
    ask(workloads, OPS, escalate_to=(BOSS, BOT), escalate_after_seconds=HOUR)
    first = follow_up()
    follow_up()
    assert first["decision"] is None
    (mail,) = mailed()
    assert mail.to == BOSS
    assert not mail.subject.startswith("Reminder: ")
    assert (found().is_escalated, found().approvers, found().asked) == (True, (OPS, BOSS, BOT), (OPS, BOSS))
    answer(link=mail.link)
    assert workloads.executions.answers[TOKEN]["answers"][0]["approver"] == BOSS


def test_reminder_and_escalation_may_be_due_at_once(workloads: Workloads, mailed: Mailed) -> None:
    ask(workloads, OPS, reminder_after_seconds=HOUR, escalate_to=(BOSS,), escalate_after_seconds=HOUR)
    follow_up()
    assert sorted((mail.to, mail.subject.startswith("Reminder")) for mail in mailed()) == [(BOSS, False), (OPS, True)]


def test_a_retry_after_a_crash_half_way_escalates_to_nobody_twice(
    workloads: Workloads, mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(workloads, OPS, escalate_to=(BOSS, LEAD), escalate_after_seconds=HOUR)
    with monkeypatch.context() as patch:
        refuse(patch, LEAD, error=TimeoutError())
        with pytest.raises(TimeoutError):
            follow_up()
    follow_up()
    assert [mail.to for mail in mailed()] == [BOSS, LEAD]


def test_nobody_is_reminded_when_the_escalation_shows_that_nobody_is_left(
    workloads: Workloads, mailed: Mailed, monkeypatch: pytest.MonkeyPatch, announced: Said
) -> None:
    ask(
        workloads,
        OPS,
        LEAD,
        quorum=2,
        reminder_after_seconds=HOUR,
        escalate_to=(BOSS,),
        escalate_after_seconds=HOUR,
        undeliverable={LEAD: "no such mailbox"},
    )
    refuse(monkeypatch, BOSS)
    assert follow_up()["decision"]["decision"] == "undeliverable"
    assert mailed() == []
    escalated, decided = announced()
    assert escalated["detail-type"] == "Promotion Approval Escalated"
    assert escalated["detail"]["approvers"] == [OPS, LEAD, BOSS]
    assert decided["detail"]["decision"] == "undeliverable"


def test_a_refused_reminder_ends_nothing_because_the_first_mail_has_a_link(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, mailed: Mailed
) -> None:
    ask(workloads, OPS, LEAD, quorum=2, reminder_after_seconds=HOUR)
    refuse(monkeypatch, LEAD)
    assert follow_up()["decision"] is None
    assert [mail.to for mail in mailed()] == [OPS]
    assert not found().undeliverable
    assert found().is_reminded


@pytest.mark.parametrize(
    "error",
    [REFUSED, THROTTLED, EndpointConnectionError(endpoint_url="https://email")],
    ids=["refused", "throttled", "away"],
)
def test_a_reminder_that_fails_ends_nothing(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, mailed: Mailed, error: Exception
) -> None:
    ask(workloads, OPS, LEAD, quorum=2, reminder_after_seconds=HOUR)
    before = found()
    with monkeypatch.context() as patch:
        refuse(patch, OPS, error=error)
        assert follow_up()["decision"] is None
    assert follow_up()["decision"] is None
    assert [mail.to for mail in mailed()] == [LEAD]
    assert found() == replace(before, is_reminded=True, revision=before.revision + 1)


@pytest.mark.parametrize("broken", [(Approvals, "add_link"), (Ledger, "live"), (Approvals, "get")], ids=str)
def test_a_ledger_that_fails_while_reminders_go_out_ends_nothing(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, mailed: Mailed, broken: tuple[type, str]
) -> None:
    ask(workloads, OPS, reminder_after_seconds=HOUR)
    change = Approvals.change

    def fail(*_: object) -> None:
        raise THROTTLED

    def then_fail(ledger: Approvals, *what: Any) -> Any:
        done = change(ledger, *what)
        if done[0].is_reminded:
            patch.setattr(*broken, fail)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Approvals, "change", then_fail)
        assert follow_up()["decision"] is None
    assert follow_up()["decision"] is None
    assert mailed() == []


def test_a_crash_in_the_middle_of_the_reminders_reminds_nobody_twice(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, mailed: Mailed
) -> None:
    ask(workloads, OPS, LEAD, quorum=2, reminder_after_seconds=HOUR)

    def crash() -> None:
        raise TimeoutError

    with monkeypatch.context() as patch:
        and_then(patch, crash)
        with pytest.raises(TimeoutError):
            follow_up()
    assert follow_up()["decision"] is None
    assert [mail.to for mail in mailed()] == [OPS]


def test_two_functions_at_the_same_time_remind_once(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, mailed: Mailed
) -> None:
    """Step Functions may start another one while the first, whose answer it did not get, is still running."""
    ask(workloads, OPS, reminder_after_seconds=HOUR)
    is_reminder_due = Approval.is_reminder_due

    def late(approval: Approval, *when: Any) -> bool:
        due = is_reminder_due(approval, *when)
        if due:
            monkeypatch.setattr(Approval, "is_reminder_due", is_reminder_due)
            follow_up()
        return due

    monkeypatch.setattr(Approval, "is_reminder_due", late)
    assert follow_up()["decision"] is None
    assert [mail.to for mail in mailed()] == [OPS]


@pytest.mark.usefixtures("mailed")
def test_a_reminder_and_a_question_have_tags_of_their_own(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(workloads, OPS, reminder_after_seconds=HOUR, escalate_to=(BOSS,), escalate_after_seconds=HOUR)
    tagged = record_tags(monkeypatch)
    follow_up()
    assert [(to, tags["kind"]) for to, tags in tagged] == [(BOSS, "question"), (OPS, "reminder")]
    assert {tags["approval"] for _, tags in tagged} == {ID}


def test_an_approval_without_a_decision_expires(
    workloads: Workloads, announced: Said, mailed: Mailed, counted: Any
) -> None:
    ask(workloads, expires_at=LONG_AGO, reminder_after_seconds=HOUR)
    workloads.executions.waiting.clear()
    counted()
    decision = follow_up()["decision"]
    assert (decision["decision"], decision["decided_at"], decision["answers"]) == ("expired", LONG_AGO, [])
    assert decision == as_json(outcome_of(found()))
    assert mailed() == []
    (event,) = announced()
    assert (event["detail-type"], event["detail"]["decision"]) == ("Promotion Approval Decided", "expired")
    assert counted() == {"ApprovalsExpired": 1}
    (entry,) = decisions()
    assert (entry.kind, entry.at, entry.environment) == ("approval_decided", LONG_AGO, "prod")
    assert follow_up()["decision"] == decision
    assert announced() == []


@pytest.mark.parametrize("outcome", ["approved", "rejected", "superseded", "undeliverable"])
def test_the_machine_gets_an_outcome_that_came_before_it_could_wait(
    workloads: Workloads, announced: Said, mailed: Mailed, outcome: str
) -> None:
    """AwaitDecision's condition has failed: nothing is due, and there is nothing to wait for."""
    approval = ask(workloads, expires_at=FAR_AWAY, reminder_after_seconds=HOUR)
    if outcome in {"approved", "rejected"}:
        give(answered("approved" if outcome == "approved" else "rejected"))
    else:
        end(outcome, "cowsay tag9")
    assert not wait_for(approval, workloads, "another token")
    decision = follow_up()["decision"]
    assert decision["decision"] == outcome
    assert decision == as_json(outcome_of(found()))
    assert mailed() == []
    assert [event["detail"]["decision"] for event in announced()] == [outcome]
    assert len(decisions()) == 1


def test_an_answer_while_reminders_are_sent_counts_once(
    workloads: Workloads, mailed: Mailed, monkeypatch: pytest.MonkeyPatch, announced: Said
) -> None:
    ask(workloads, OPS, LEAD, reminder_after_seconds=HOUR)
    pressed = list[Any]()
    and_then(monkeypatch, lambda: pressed.append(answer(link=mailed()[0].link)))
    decision = follow_up()["decision"]
    assert pressed[0]["statusCode"] == 200
    assert decision["decision"] == "approved"
    assert as_json(workloads.executions.answers) == {TOKEN: decision}
    assert len(announced()) == 1
    assert [mail.to for mail in mailed()] == [OPS], "nobody is reminded of a decided approval"
