"""StopDeployment: ends the deployments that had the lease of a restored target."""

from typing import Any

from pydantic import BaseModel

from gantry.aws.executions import ROLLED_BACK_MANUALLY, Executions
from gantry.handlers.observability import logger
from gantry.handlers.requests import LambdaContext, StateRequest
from gantry.promotion.lease import RestorePoint


class Restored(BaseModel):
    """What this state needs of what RestoreVersion answered."""

    target_id: str
    restore_point: RestorePoint


class StopRequest(StateRequest):
    """The state's payload."""

    restored: list[Restored]


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the executions that were `stopped`. One that is over by now is among them."""
    request = StopRequest.model_validate(event)
    executions = Executions.from_env()
    stopped = []
    for each in request.restored:
        if execution := each.restore_point.interrupted:
            executions.stop(execution, ROLLED_BACK_MANUALLY, f"{request.execution} rolled {each.target_id} back")
            logger.warning("deployment stopped", target=each.target_id, execution=execution)
            stopped.append(execution)
    return {"stopped": stopped}
