"""RepairTarget, when Step Functions announces an end that it does not know of yet when it is asked."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from gantry.aws.executions import Executions
from gantry.promotion.lease import Lease
from gantry.promotion.traffic import Routing
from gantry.use_cases.services import Services
from tests.unit.handlers.fakes import ENDED_AT
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, TARGET, Said, Told, deployment_input
from tests.unit.handlers.records import contender, held, history, lease, live, record_lease, record_live
from tests.unit.handlers.repairs import (
    BEFORE_EIGHT,
    EIGHT,
    SCHEDULED,
    deployment_of_eight,
    ended,
    repair,
    routing_of,
)
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")


@pytest.fixture(autouse=True)
def left_behind(ledger: Any, workloads: Workloads) -> None:
    """A deployment gave revision 8 some traffic and holds its lease. Step Functions says that it runs."""
    record_live(live(7, 6))
    deployment_of_eight(workloads)
    workloads.executions.running.add(DEPLOYMENT)


def step_functions_answers(services: Services, *redrives: int) -> Stubber:
    """Step Functions says that the deployment runs, once for each given number of redrives."""
    client = boto3.client("stepfunctions")
    stub = Stubber(client)
    running = {
        "executionArn": DEPLOYMENT,
        "stateMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:gantry-deployment",
        "status": "RUNNING",
        "startDate": datetime(2026, 11, 22, tzinfo=UTC),
    }
    for number in redrives:
        stub.add_response("describe_execution", running | {"redriveCount": number}, {"executionArn": DEPLOYMENT})
    stub.activate()
    vars(services)["executions"] = Executions(client)
    return stub


def test_an_announced_end_is_believed_although_step_functions_says_that_the_execution_runs(
    workloads: Workloads, told: Told
) -> None:
    workloads.executions.late.add(DEPLOYMENT)
    event = ended(DEPLOYMENT, status="TIMED_OUT", error="States.Timeout", cause="it was late")
    assert repair(event) == [TARGET.id]
    assert (routing_of(workloads), held()) == (Routing("7"), Lease(TARGET, FENCE + 1))
    (record,) = history()
    assert record.at == ENDED_AT
    assert (record.facts["status"], record.facts["error"], record.facts["reason"]) == (
        "TIMED_OUT",
        "States.Timeout",
        "it was late",
    )
    assert len(told()) == 1


@pytest.mark.parametrize("redrives", [0, 2])
def test_an_announced_end_is_believed_when_the_execution_was_not_redriven_since(
    workloads: Workloads, services: Services, redrives: int
) -> None:
    stub = step_functions_answers(services, redrives, redrives)
    stub.add_response("get_execution_history", {"events": []})
    assert repair(ended(DEPLOYMENT, redriveCount=redrives)) == [TARGET.id]
    assert routing_of(workloads) == Routing("7")
    stub.assert_no_pending_responses()


def test_an_execution_that_was_redriven_since_goes_on_and_nothing_is_touched(
    workloads: Workloads, services: Services, items: Said, told: Told
) -> None:
    stub = step_functions_answers(services, 1, 1)
    before = items()
    assert repair(ended(DEPLOYMENT, redriveCount=0)) == []
    assert (workloads.alias(TARGET).written, items(), told()) == ([], before, [])
    stub.assert_no_pending_responses()


@pytest.mark.parametrize("event", [SCHEDULED, {"target": TARGET.id}])
def test_without_an_announced_end_the_execution_goes_on_and_nothing_is_touched(
    workloads: Workloads, items: Said, told: Told, event: dict[str, Any]
) -> None:
    workloads.executions.late.add(DEPLOYMENT)
    before = items()
    assert repair(event) == []
    assert (workloads.alias(TARGET).written, items(), told()) == ([], before, [])


def test_an_announced_end_takes_a_waiting_deployment_out_of_the_line(workloads: Workloads) -> None:
    waiting = contender(f"{DEPLOYMENT}-next", task_token="token")
    record_lease(lease(release=EIGHT, restore_point=BEFORE_EIGHT, waiting=(waiting,)))
    workloads.executions.running.add(waiting.owner)
    workloads.executions.late.add(waiting.owner)
    assert repair(ended(waiting.owner)) == []
    assert held().waiting == ()
    assert held().is_held_by(DEPLOYMENT, FENCE)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (json.dumps(deployment_input()), "cowsay in prod"),
        (None, "a service in an environment"),
        ("no JSON", "a service in an environment"),
    ],
    ids=["an input", "too large for an event", "no object"],
)
def test_the_announced_input_says_what_an_execution_without_a_lease_was_meant_for(
    workloads: Workloads, told: Told, text: str | None, about: str
) -> None:
    another = f"{DEPLOYMENT}-another"
    workloads.executions.running.add(another)
    workloads.executions.late.add(another)
    assert repair(ended(another, input=text)) == []
    ((subject, _),) = told()
    assert subject.startswith(f"{about}: ")
