"""What the tests of the repair begin with: an execution that has ended, and how RepairTarget is invoked."""

from typing import Any

from gantry.aws.executions import ExecutionEnd
from gantry.handlers.event_rules import repair_target
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.traffic import Routing
from tests.unit.handlers.fakes import ENDED_AT
from tests.unit.handlers.payloads import DEPLOYMENT, TARGET, invoke
from tests.unit.handlers.records import digest_of, lease, record_lease, release_of
from tests.unit.handlers.rollbacks import SPLIT, published, routes
from tests.unit.handlers.workloads import Workloads

EIGHT = release_of(8)
BEFORE_EIGHT = RestorePoint("7", digest_of(7))
SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
STOPPED_AT = 1795341600000
"""`ENDED_AT` as events have it."""


def ended(execution: str, **changed: Any) -> dict[str, Any]:
    """The part of Step Functions' event about an execution's end that matters."""
    detail = {
        "executionArn": execution,
        "stateMachineArn": execution.rpartition(":")[0],
        "status": "FAILED",
        "stopDate": STOPPED_AT,
        "redriveCount": 0,
    }
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": detail | changed,
    }


def repair(event: dict[str, Any] | None = None) -> list[str]:
    """The repaired targets; of all, on schedule, unless there is an event."""
    answer = invoke(repair_target.handler, event or SCHEDULED)
    assert answer.keys() == {"repaired"}
    return list(answer["repaired"])


def deployment_of_eight(
    workloads: Workloads, routing: Routing = SPLIT, restore_point: RestorePoint | None = BEFORE_EIGHT
) -> None:
    """It has ended, still holds the lease, and left this routing behind."""
    published(workloads, 8)
    routes(workloads, routing)
    record_lease(lease(release=EIGHT, restore_point=restore_point))


def failed(workloads: Workloads, error: str, cause: str, execution: str = DEPLOYMENT, **given: Any) -> None:
    """How an execution has ended, and what it was started with."""
    workloads.executions.ends[execution] = ExecutionEnd(execution, "FAILED", ENDED_AT, given, error, cause)


def routing_of(workloads: Workloads) -> Routing | None:
    return workloads.alias(TARGET).current
