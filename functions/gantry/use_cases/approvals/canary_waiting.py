"""Wait until people have decided about a canary. The manifest's alarms end the wait as they end a bake."""

from dataclasses import dataclass
from datetime import datetime

from gantry.observability import logger
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.errors import CanaryDecidedError
from gantry.use_cases.bake import let_alarms_end
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class CanaryWaitRequest(DeploymentState):
    """A question that people were asked, with the token that an answer or an alarm ends the wait by."""

    task_token: str
    rollout_since: datetime
    """When the rollout began: an alarm between two states must not be lost."""
    approval_id: str
    seconds: int
    """How long the task waits."""


def await_canary_decision(request: CanaryWaitRequest, services: Services) -> None:
    """Leave the token under each alarm and with the question. An alarm counts more than an answer.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        AlarmRaisedError: an alarm has changed to ALARM since the first shift.
        CanaryDecidedError: the question has an outcome already.
    """
    let_alarms_end(request, request.task_token, request.rollout_since, request.seconds, services)
    if not services.approvals.wait(request.approval_id, request.task_token):
        raise CanaryDecidedError(f"the question {request.approval_id} has an outcome already")
    logger.info("waiting for people", approval=request.approval_id, seconds=request.seconds)
