"""What the tests of the repair begin with: who died, and how RepairTarget comes to hear of it."""

from typing import Any

from gantry.aws.executions import Ended
from gantry.handlers import repair_target
from gantry.promotion.lease import RestorePoint
from gantry.promotion.release import Release
from gantry.promotion.traffic import Routing
from tests.unit.handlers.fakes import ENDED_AT
from tests.unit.handlers.payloads import DEPLOYMENT, TARGET, invoke
from tests.unit.handlers.records import digest_of, lease, record_lease
from tests.unit.handlers.rollbacks import SPLIT, published, routes
from tests.unit.handlers.workloads import Workloads

EIGHT = Release("cowsay", digest_of(8), "revision-8", "tag8")
BEFORE_EIGHT = RestorePoint("7", digest_of(7))
SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def ended(execution: str) -> dict[str, Any]:
    """What Step Functions puts when an execution ends, as far as it matters."""
    detail = {"executionArn": execution, "stateMachineArn": execution.rpartition(":")[0], "status": "FAILED"}
    return {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}


def repair(event: dict[str, Any] | None = None) -> list[str]:
    """The repaired targets; of all, on schedule, unless there is an event."""
    answer = invoke(repair_target.handler, event or SCHEDULED)
    assert answer.keys() == {"repaired"}
    return list(answer["repaired"])


def deployment_of_eight(
    workloads: Workloads, routing: Routing = SPLIT, restore_point: RestorePoint | None = BEFORE_EIGHT
) -> None:
    """It has the lease, is over, and left this routing behind."""
    published(workloads, 8)
    routes(workloads, routing)
    record_lease(lease(release=EIGHT, restore_point=restore_point))


def failed(workloads: Workloads, error: str, cause: str, execution: str = DEPLOYMENT, **given: Any) -> None:
    """How an execution has ended, and what it was started with."""
    workloads.executions.ends[execution] = Ended(execution, "FAILED", ENDED_AT, given, error, cause)


def alias_of(workloads: Workloads) -> Routing | None:
    return workloads.alias(TARGET).current
