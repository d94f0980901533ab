"""Whom RepairTarget tells of what: of every execution that ended badly, once, whoever gets that far."""

import json
import time
from typing import Any

import pytest

from gantry.aws.executions import Ended
from gantry.aws.notification_log import NotificationLog
from gantry.aws.notifications import Topic
from gantry.handlers import record_failure
from gantry.promotion.errors import NotificationError, RepairIncompleteError
from gantry.promotion.lease import Lease
from gantry.promotion.traffic import Routing
from tests.unit.handlers.fakes import ENDED_AT
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    FENCE,
    ROLLBACK,
    TARGET,
    Said,
    Told,
    deployment_input,
    invoke,
    payload,
)
from tests.unit.handlers.records import held, history, live, record_lease, record_live
from tests.unit.handlers.repairs import alias_of, deployment_of_eight, ended, failed, repair
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

NOTHING_LEFT = "It holds no lease: nothing is left to repair."


@pytest.fixture
def left_behind(ledger: Any, workloads: Workloads) -> None:
    """A deployment that gave version 8 some traffic is over, and still has its lease."""
    record_live(live(7, 6))
    deployment_of_eight(workloads)


def record_failed(error: str, alias: str) -> None:
    """As the deployment's own last step does."""
    failure = {"Error": error, "Cause": json.dumps({"errorMessage": "…"}), "alias": alias}
    invoke(record_failure.handler, payload("RecordFailure", failure=failure))


def away(*_: object) -> None:
    raise NotificationError("SNS is away")


@pytest.mark.usefixtures("left_behind")
@pytest.mark.parametrize(
    ("status", "what"),
    [("FAILED", "failed"), ("TIMED_OUT", "timed out"), ("ABORTED", "stopped")],
)
def test_people_are_told_how_it_ended_and_what_was_repaired(
    workloads: Workloads, told: Told, status: str, what: str
) -> None:
    workloads.executions.ends[DEPLOYMENT] = Ended(DEPLOYMENT, status, ENDED_AT, {}, cause="it was late")
    repair()
    done = f"{TARGET.id} routed to 7 with 10 % on 8; all traffic is on version 7 again. Its lease is given back."
    message = f"{status}: it was late\n\n{done}\n\nExecution: {DEPLOYMENT}"
    assert told() == [(f"cowsay in prod: deployment {what}", message)]


@pytest.mark.usefixtures("left_behind")
@pytest.mark.parametrize("event", [ended(DEPLOYMENT), None])
def test_what_is_repaired_is_told_although_the_end_itself_was(
    workloads: Workloads, told: Told, announced: Said, event: dict[str, Any] | None
) -> None:
    """As after a rollback that told which target it did not reach."""
    NotificationLog.from_env().mark_sent(DEPLOYMENT)
    for repaired in ([TARGET.id], []):
        assert repair(event) == repaired
        assert alias_of(workloads) == Routing("7")
        assert (len(told()), len(announced())) == (1, 1 if repaired else 0)


@pytest.mark.usefixtures("workloads")
@pytest.mark.parametrize(
    ("error", "alias"), [("AlarmRaisedError", "restored"), ("DeploymentSupersededError", "untouched")]
)
def test_a_deployment_that_recorded_its_failure_is_not_told_by_the_repair(told: Told, error: str, alias: str) -> None:
    record_lease(Lease(TARGET, FENCE))
    record_failed(error, alias)
    by_itself = told()
    repair(ended(DEPLOYMENT))
    assert told() == by_itself
    assert len(by_itself) == (0 if error == "DeploymentSupersededError" else 1)


@pytest.mark.usefixtures("left_behind")
def test_a_deployment_whose_rollback_failed_too_is_told_once_it_is_repaired(workloads: Workloads, told: Told) -> None:
    record_failed("AlarmRaisedError", "unknown")
    assert told() == []
    repair(ended(DEPLOYMENT))
    assert alias_of(workloads) == Routing("7")
    assert [subject for subject, _ in told()] == ["cowsay in prod: deployment stopped"]


def test_who_failed_without_anybody_being_told_is_told_with_its_own_cause(workloads: Workloads, told: Told) -> None:
    cause = json.dumps({"errorMessage": "the queue is gone", "errorType": "IncompatibleTargetError"})
    failed(workloads, "IncompatibleTargetError", cause, **deployment_input())
    for _ in range(2):
        assert repair(ended(DEPLOYMENT)) == []
    message = f"IncompatibleTargetError: the queue is gone\n\n{NOTHING_LEFT}\n\nExecution: {DEPLOYMENT}"
    assert told() == [("cowsay in prod: deployment failed", message)]


@pytest.mark.parametrize(
    ("given", "about"),
    [
        ({"service": "cowsay", "environment": "production"}, "cowsay in production"),
        ({"service": "cowsay"}, "cowsay in an environment"),
        ({"release": "cowsay:1.0"}, "a service in an environment"),
        ({}, "a service in an environment"),
    ],
)
def test_a_rollback_that_failed_on_its_input_is_told(
    workloads: Workloads, told: Told, given: dict[str, Any], about: str
) -> None:
    failed(workloads, "InvalidRequestError", '{"errorMessage": "This input cannot be used"}', ROLLBACK, **given)
    repair(ended(ROLLBACK))
    ((subject, message),) = told()
    assert subject == f"{about}: rollback failed"
    assert message.startswith("InvalidRequestError: This input cannot be used\n\n")


@pytest.mark.usefixtures("left_behind")
def test_an_execution_that_goes_on_after_all_is_looked_at_later_and_nothing_is_touched(
    workloads: Workloads, items: Said, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    workloads.executions.running.add(DEPLOYMENT)
    before = items()
    with pytest.raises(RepairIncompleteError, match=f"{DEPLOYMENT} goes on"):
        repair(ended(DEPLOYMENT))
    assert (workloads.alias(TARGET).written, items(), told()) == ([], before, [])
    assert sum(waited) == 7


@pytest.mark.usefixtures("left_behind")
def test_an_event_that_cannot_be_put_does_not_fail_the_repair(monkeypatch: pytest.MonkeyPatch, told: Told) -> None:
    monkeypatch.setenv("EVENT_BUS", "a-bus-that-is-not-there")
    assert repair() == [TARGET.id]
    assert len(told()) == 1


@pytest.mark.usefixtures("left_behind")
def test_people_who_could_not_be_told_are_told_by_the_next_try(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Topic, "tell", away)
        with pytest.raises(RepairIncompleteError, match="SNS is away"):
            repair(ended(DEPLOYMENT))
    assert held().is_held_by(DEPLOYMENT, FENCE + 1), "so that the next run finds it"
    assert (alias_of(workloads), history(), told()) == (Routing("7"), [], [])
    assert repair() == [TARGET.id]
    ((_, message),) = told()
    assert f"{TARGET.id} routes to version 7" in message
    assert (held().holder, len(history())) == (None, 1)


@pytest.mark.usefixtures("left_behind", "told")
def test_repairs_are_counted(counted: Any) -> None:
    for number in (1, 0):
        repair()
        assert counted() == {"Repairs": number}
