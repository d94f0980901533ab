"""StopDeployment: ends the deployments that are changing the restored targets."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from aws.executions import Executions
from aws.leases import Leases
from handlers.observability import logger
from handlers.requests import LambdaContext, StateRequest


class Restored(BaseModel):
    """What this state needs of what RestoreVersion answered."""

    target_id: str


class StopRequest(StateRequest):
    """The state's payload."""

    restored: list[Restored]


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the leases of the deployments that were `stopped`, or were over and had kept theirs."""
    request = StopRequest.model_validate(event)
    leases, executions = Leases.from_env(), Executions.from_env()
    stopped = []
    for target_id in (each.target_id for each in request.restored):
        if lease := leases.held(target_id):
            executions.stop(lease.owner, "RolledBackByHand", f"{request.execution} rolled {lease.environment} back")
            logger.warning("deployment stopped", target=target_id, execution=lease.owner)
            stopped.append(asdict(lease))
    return {"stopped": stopped}
