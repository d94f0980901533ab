"""Whom RepairTarget notifies: of every execution that ended badly, once, whichever run gets that far."""

import json
from typing import Any

import pytest

from gantry.aws.executions import ExecutionEnd
from gantry.aws.notifications import Topic
from gantry.handlers.deployment_machine import record_failure
from gantry.promotion.errors import NotificationError
from gantry.promotion.lease import Lease
from gantry.promotion.traffic import Routing
from gantry.promotion.unfinished import RepairIncompleteError
from gantry.use_cases.services import Services
from tests.unit.handlers.fakes import ENDED_AT
from tests.unit.handlers.outages import without_bus
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    FENCE,
    OTHER_TARGET,
    ROLLBACK,
    TARGET,
    Said,
    Told,
    deployment_input,
    invoke,
    payload,
    where,
)
from tests.unit.handlers.records import held, history, live, record_lease, record_live
from tests.unit.handlers.repairs import deployment_of_eight, ended, failed, repair, routing_of
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")


@pytest.fixture
def left_behind(ledger: Any, workloads: Workloads) -> None:
    """A deployment that gave revision 8 some traffic has ended, and still holds its lease."""
    record_live(live(7, 6))
    deployment_of_eight(workloads)


def record_failed(error: str, traffic: str) -> None:
    """As the deployment's own last step does."""
    failure = {"Error": error, "Cause": json.dumps({"errorMessage": "…"}), "traffic": traffic}
    invoke(record_failure.handler, payload("RecordFailure", failure=failure))


def away(*_: object) -> None:
    raise NotificationError("SNS is away")


@pytest.mark.usefixtures("left_behind")
@pytest.mark.parametrize(
    ("status", "what"),
    [("FAILED", "failed"), ("TIMED_OUT", "timed out"), ("ABORTED", "stopped")],
)
def test_people_are_notified_how_it_ended_and_what_was_repaired(
    workloads: Workloads, told: Told, status: str, what: str
) -> None:
    workloads.executions.ends[DEPLOYMENT] = ExecutionEnd(DEPLOYMENT, status, ENDED_AT, {}, cause="it was late")
    repair()
    done = f"{TARGET.id} routed to 7 with 10 % on 8; all traffic is on version 7 again. Its lease is given back."
    text = f"{status}: it was late\n\n{done}\n\n{where(DEPLOYMENT)}"
    assert told() == [(f"cowsay in prod: deployment {what}", text)]


@pytest.mark.usefixtures("left_behind")
@pytest.mark.parametrize("event", [ended(DEPLOYMENT), None])
def test_people_are_notified_of_what_is_repaired_although_they_know_of_the_end_itself(
    workloads: Workloads, services: Services, told: Told, announced: Said, event: dict[str, Any] | None
) -> None:
    """As after a rollback that reported which target it did not reach."""
    services.notification_log.mark_sent(DEPLOYMENT)
    for repaired in ([TARGET.id], []):
        assert repair(event) == repaired
        assert routing_of(workloads) == Routing("7")
        assert (len(told()), len(announced())) == (1, 1 if repaired else 0)


@pytest.mark.usefixtures("workloads")
@pytest.mark.parametrize(
    ("error", "traffic"), [("AlarmRaisedError", "restored"), ("DeploymentSupersededError", "untouched")]
)
def test_a_deployment_that_recorded_its_failure_is_not_reported_by_the_repair(
    told: Told, error: str, traffic: str
) -> None:
    record_lease(Lease(TARGET, FENCE))
    record_failed(error, traffic)
    by_itself = told()
    repair(ended(DEPLOYMENT))
    assert told() == by_itself
    assert len(by_itself) == (0 if error == "DeploymentSupersededError" else 1)


@pytest.mark.usefixtures("left_behind")
def test_a_deployment_whose_rollback_failed_too_is_reported_once_it_is_repaired(
    workloads: Workloads, told: Told
) -> None:
    record_failed("AlarmRaisedError", "unknown")
    assert told() == []
    repair(ended(DEPLOYMENT))
    assert routing_of(workloads) == Routing("7")
    assert len(told()) == 1


def test_a_failure_that_nobody_was_notified_of_is_reported_once_with_its_own_cause(
    workloads: Workloads, told: Told
) -> None:
    cause = json.dumps({"errorMessage": "the queue is gone", "errorType": "IncompatibleTargetError"})
    failed(workloads, "IncompatibleTargetError", cause, **deployment_input())
    for _ in range(2):
        assert repair(ended(DEPLOYMENT)) == []
    ((subject, text),) = told()
    assert subject.startswith("cowsay in prod: ")
    assert text.startswith("IncompatibleTargetError: the queue is gone\n")


def test_an_execution_without_a_lease_is_reported_with_what_is_live_where_it_was_meant_for(
    workloads: Workloads, told: Told
) -> None:
    record_live(live(7, 6), live(5, target=OTHER_TARGET), live(4, environment="dev"))
    failed(workloads, "IncompatibleTargetError", "…", **deployment_input())
    repair(ended(DEPLOYMENT))
    ((_, text),) = told()
    assert [line for line in text.splitlines() if line.startswith("Live on ")] == [
        f"Live on {OTHER_TARGET.id}: version 5 (tag5).",
        f"Live on {TARGET.id}: version 7 (tag7).",
    ]


@pytest.mark.parametrize(
    ("given", "about"),
    [
        ({"service": "cowsay", "environment": "production"}, "cowsay in production"),
        ({"service": "cowsay"}, "cowsay in an environment"),
        ({"release": "cowsay:1.0"}, "a service in an environment"),
        ({}, "a service in an environment"),
    ],
)
def test_a_rollback_that_failed_on_its_input_is_reported(
    workloads: Workloads, told: Told, given: dict[str, Any], about: str
) -> None:
    failed(workloads, "InvalidRequestError", '{"errorMessage": "This input cannot be used"}', ROLLBACK, **given)
    repair(ended(ROLLBACK))
    ((subject, text),) = told()
    assert subject == f"{about}: rollback failed"
    assert text.startswith("InvalidRequestError: This input cannot be used\n")


@pytest.mark.usefixtures("left_behind")
def test_an_event_that_cannot_be_published_does_not_fail_the_repair(services: Services, told: Told) -> None:
    without_bus(services)
    assert repair() == [TARGET.id]
    assert len(told()) == 1


@pytest.mark.usefixtures("left_behind")
def test_people_who_could_not_be_notified_are_notified_by_the_next_try(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Topic, "publish", away)
        with pytest.raises(RepairIncompleteError, match="SNS is away"):
            repair(ended(DEPLOYMENT))
    assert held().is_held_by(DEPLOYMENT, FENCE + 1), "so that the next run finds it"
    assert (routing_of(workloads), history(), told()) == (Routing("7"), [], [])
    assert repair() == [TARGET.id]
    ((_, text),) = told()
    assert TARGET.id in text
    assert (held().holder, len(history())) == (None, 1)


@pytest.mark.usefixtures("left_behind", "told")
def test_repairs_are_counted(counted: Any) -> None:
    for number in (1, 0):
        repair()
        assert counted() == {"Repairs": number}
