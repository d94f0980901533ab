"""AskAboutCanary: people are asked once, by the environment's rules, and what they decide is what happens."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.aws.notifications import Topic
from gantry.handlers import entry
from gantry.promotion.approval_answer import Decision
from gantry.promotion.errors import CanaryInconclusiveError, LeaseLostError, NotificationError
from gantry.promotion.history import HistoryKind
from gantry.promotion.lease import Lease
from tests.unit.handlers.asking import LONG_AGO, answered, approvals, give
from tests.unit.handlers.canary_questions import ASKED_AT, KNOWN, QUESTION, ask, deploying, question
from tests.unit.handlers.mails import Mailed, refuse
from tests.unit.handlers.payloads import AUTHOR, BOSS, BOT, DEPLOYMENT, LEAD, OPS, TARGET, Said, Told
from tests.unit.handlers.records import LOST, decisions, lease, record_lease
from tests.unit.handlers.workloads import Workloads
from tests.unit.promotion.an_approval import REASON

pytestmark = [
    pytest.mark.usefixtures("ledger", "told", "mailed"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]


def test_the_environments_approvers_are_asked_with_the_judges_numbers(
    workloads: Workloads, mailed: Mailed, announced: Said
) -> None:
    deploying(workloads, quorum=2)
    announced()

    state = ask()

    assert state == {"approval_id": QUESTION, "decision": None, "seconds": 7_200}
    assert [each.to for each in mailed()] == [OPS, LEAD]
    assert all(REASON in each.text for each in mailed())
    asked = question()
    assert (asked.execution, asked.policy.quorum, asked.targets) == (DEPLOYMENT, 2, (TARGET,))
    assert asked.canary
    assert (asked.canary.weight, asked.canary.watched_weight, asked.canary.step) == (10, 50, 2)
    assert asked.canary.known.evidence == KNOWN["evidence"]
    assert len(asked.canary.known.minutes) == 3
    (event,) = announced()
    assert event["detail-type"] == "Promotion Canary Question Asked"
    assert event["resources"] == [TARGET.arn]
    assert event["detail"]["approval"] == QUESTION
    assert [each.kind for each in decisions()] == [HistoryKind.CANARY_QUESTION_ASKED]


def test_people_have_eight_hours(workloads: Workloads) -> None:
    deploying(workloads)

    ask()

    assert question().expires_at == ASKED_AT.replace("T09", "T17")


def test_a_retry_and_a_later_look_ask_nobody_twice(workloads: Workloads, mailed: Mailed, announced: Said) -> None:
    deploying(workloads)
    first = ask()
    announced()

    assert ask() == first
    assert len(mailed()) == 2
    assert announced() == []
    assert len(decisions()) == 1


def test_a_later_question_of_the_same_deployment_is_another_one(workloads: Workloads, mailed: Mailed) -> None:
    deploying(workloads)
    ask()

    again = ask(asked_at="2998-11-22T12:00:00.000Z")

    assert again["approval_id"] != QUESTION
    assert len(mailed()) == 4


@pytest.mark.parametrize("decision", ["approved", "keep_waiting"])
def test_what_people_decide_goes_to_the_machine_and_to_everybody(
    workloads: Workloads, told: Told, decision: Decision
) -> None:
    deploying(workloads)
    ask()
    give(answered(decision, LEAD), QUESTION)

    state = ask()
    assert ask() == state

    assert state["decision"]["decision"] == decision
    assert state["decision"]["answers"][0]["approver"] == LEAD
    ((subject, text),) = told()
    assert subject == "cowsay in prod: people have decided"
    assert LEAD in text
    decided, _ = decisions()
    assert (decided.kind, decided.target_id) == (HistoryKind.CANARY_QUESTION_DECIDED, TARGET.id)
    assert decided.facts["decision"] == decision
    assert list(entry.services().canary_questions.open()) == []


def test_a_decision_counts_although_nobody_could_be_notified(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise NotificationError("SNS is away")

    deploying(workloads)
    ask()
    give(answered("approved"), QUESTION)
    monkeypatch.setattr(Topic, "publish", away)

    assert ask()["decision"]["decision"] == "approved"


def test_one_who_wants_it_rolled_back_is_enough(workloads: Workloads) -> None:
    deploying(workloads, quorum=2)
    ask()
    give(answered("rejected", LEAD, reason="not on a Friday"), QUESTION)

    with pytest.raises(CanaryInconclusiveError, match=r"roll it back .* lead@.*not on a Friday.* Known: 1 of"):
        ask()


def test_a_question_that_nobody_answers_in_time_rolls_it_back(workloads: Workloads) -> None:
    deploying(workloads)

    with pytest.raises(CanaryInconclusiveError, match=r"Nobody answered .* not quarantined"):
        ask(asked_at=LONG_AGO)


def test_when_too_few_can_be_reached_it_is_rolled_back(workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> None:
    deploying(workloads, quorum=2)
    refuse(monkeypatch, LEAD)

    with pytest.raises(CanaryInconclusiveError, match=r"Too few approvers .* can be reached by mail"):
        ask()


def test_when_the_release_belongs_to_too_many_it_is_rolled_back(workloads: Workloads, mailed: Mailed) -> None:
    deploying(workloads, AUTHOR)

    with pytest.raises(CanaryInconclusiveError, match=r"too few people can be asked .* somebody else has to"):
        ask()
    assert mailed() == []


def test_without_an_approval_before_nobody_can_be_asked(workloads: Workloads, mailed: Mailed) -> None:
    record_lease(lease())
    workloads.executions.running.add(DEPLOYMENT)

    with pytest.raises(CanaryInconclusiveError, match="nobody can be asked about the canary"):
        ask()
    assert mailed() == []


@pytest.mark.parametrize("lost", LOST)
def test_a_deployment_that_has_lost_its_target_asks_nobody(workloads: Workloads, mailed: Mailed, lost: Lease) -> None:
    deploying(workloads)
    record_lease(lost)

    with pytest.raises(LeaseLostError):
        ask()
    assert mailed() == []


def test_people_are_reminded_and_others_asked_by_the_environments_rules(workloads: Workloads, mailed: Mailed) -> None:
    due: dict[str, Any] = {"reminder_after_seconds": 1, "escalate_to": (BOSS,), "escalate_after_seconds": 1}
    deploying(workloads, OPS, **due)
    ask()

    approvals().change(QUESTION, lambda each: replace(each, requested_at=LONG_AGO))
    waited = ask()

    assert [each.to for each in mailed()] == [OPS, BOSS, OPS]
    assert mailed()[-1].subject.startswith("Reminder: promote ")
    assert waited["decision"] is None


def test_approvers_without_mail_hear_of_it_by_the_event(workloads: Workloads, mailed: Mailed, announced: Said) -> None:
    deploying(workloads, BOT)
    announced()

    ask()

    assert mailed() == []
    assert [each["detail"]["approvers"] for each in announced()] == [[BOT]]
