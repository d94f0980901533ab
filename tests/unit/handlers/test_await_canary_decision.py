"""AwaitCanaryDecision: an answer ends the wait, and so does an alarm, whichever comes first and however late."""

from datetime import UTC, datetime, timedelta

import pytest

from gantry.aws.clients import HASTY
from gantry.handlers import entry
from gantry.handlers.event_rules import on_alarm
from gantry.promotion.errors import AlarmRaisedError, CanaryDecidedError, LeaseLostError
from gantry.promotion.lease import Lease
from gantry.promotion.timestamps import moment
from tests.unit.handlers.asking import add_link, answered, give, outcome_of
from tests.unit.handlers.canary_questions import ASKED_AT, QUESTION, TOKEN, ask, deploying, question, wait
from tests.unit.handlers.http_requests import LINK, OTHER_LINK, answer, show, text_of
from tests.unit.handlers.payloads import ALARM, DEPLOYMENT, LEAD, OPS, TARGET, invoke
from tests.unit.handlers.records import LOST, record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "told", "mailed"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]
ALARMED = {
    "account": TARGET.account,
    "region": TARGET.region,
    "detail": {
        "alarmName": ALARM,
        "state": {"value": "ALARM", "reason": "3 errors", "timestamp": "2998-11-22T10:00:00.000+0000"},
        "previousState": {"value": "OK"},
    },
}


@pytest.fixture(autouse=True)
def asked(workloads: Workloads, ledger: object, told: object, mailed: object) -> None:
    deploying(workloads, OPS, LEAD, quorum=2)
    ask()
    for link, person in ((LINK, OPS), (OTHER_LINK, LEAD)):
        add_link(link, person, question())


def test_an_answer_that_is_enough_ends_the_wait(workloads: Workloads) -> None:
    wait(workloads)

    answer("keep_waiting")

    assert workloads.executions.answers == {TOKEN: outcome_of(question())}


def test_an_answer_that_is_not_enough_does_not(workloads: Workloads) -> None:
    wait(workloads)

    answer("approved")

    assert workloads.executions.waiting == {TOKEN}
    assert answer("approved", link=OTHER_LINK)["statusCode"] == 200
    assert workloads.executions.answers == {TOKEN: outcome_of(question())}


def test_an_answer_before_the_wait_is_found(workloads: Workloads) -> None:
    answer("rejected")

    with pytest.raises(CanaryDecidedError):
        wait(workloads)
    assert workloads.executions.answers == {}


def test_an_alarm_while_people_think_ends_the_wait_at_once(workloads: Workloads) -> None:
    wait(workloads)

    assert invoke(on_alarm.handler, ALARMED) == {"ended": 1}

    error, cause = workloads.executions.answers[TOKEN]
    assert (error, ALARM in cause) == ("AlarmRaisedError", True)


def test_an_answer_after_the_alarm_changes_nothing_of_that(workloads: Workloads) -> None:
    wait(workloads)
    invoke(on_alarm.handler, ALARMED)
    after_the_alarm = dict(workloads.executions.answers)

    answer("keep_waiting")

    assert workloads.executions.answers == after_the_alarm


def test_it_does_not_wait_long_for_cloudwatch(workloads: Workloads) -> None:
    wait(workloads)
    assert entry.services()._patience is HASTY


def test_an_alarm_after_the_answer_finds_nobody_waiting(workloads: Workloads) -> None:
    wait(workloads)
    answer("keep_waiting")

    assert invoke(on_alarm.handler, ALARMED) == {"ended": 0}
    assert workloads.executions.answers == {TOKEN: outcome_of(question())}


def test_an_alarm_that_changed_before_the_wait_counts_and_more_than_an_answer(workloads: Workloads) -> None:
    workloads.alarms(TARGET).went_off = {ALARM: moment(ASKED_AT) + timedelta(minutes=1)}
    give(answered("rejected", LEAD), QUESTION)

    with pytest.raises(AlarmRaisedError):
        wait(workloads)


def test_an_alarm_from_before_the_rollout_does_not(workloads: Workloads) -> None:
    workloads.alarms(TARGET).went_off = {ALARM: datetime(2026, 11, 22, tzinfo=UTC)}

    wait(workloads)

    assert workloads.executions.waiting == {TOKEN}


@pytest.mark.parametrize("lost", LOST)
def test_a_deployment_that_has_lost_its_target_does_not_wait(workloads: Workloads, lost: Lease) -> None:
    record_lease(lost)

    with pytest.raises(LeaseLostError):
        wait(workloads)
    assert answer("keep_waiting")["statusCode"] == 200
    assert workloads.executions.answers == {}


def test_once_the_deployment_has_ended_the_link_says_so_and_takes_no_answer(workloads: Workloads) -> None:
    wait(workloads)
    page = show()
    workloads.executions.running.discard(DEPLOYMENT)

    assert "The deployment has ended, so there is nothing left to decide." in text_of(show())
    assert 'name="nonce"' in page["body"]
    assert question().answers == ()


def test_the_token_is_nowhere_that_an_answer_reads(workloads: Workloads) -> None:
    wait(workloads)

    assert TOKEN not in str(question())
    assert TOKEN not in show()["body"]


def test_the_token_is_not_logged(workloads: Workloads, logged: list[str]) -> None:
    wait(workloads)

    assert any("waiting for people" in line for line in logged)
    assert TOKEN not in "".join(logged)
