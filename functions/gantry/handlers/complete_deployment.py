"""CompleteDeployment: gives all traffic to the new version and leaves no weight behind."""

from typing import Any

from gantry.aws.accounts import Accounts
from gantry.aws.aliases import Alias
from gantry.handlers.leasing import while_holding
from gantry.handlers.observability import logger
from gantry.handlers.requests import LambdaContext, RoutingRequest


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the `version` that has all traffic now.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetChangedError: somebody else changed the alias since the last step.
    """
    request = RoutingRequest.model_validate(event)
    target = request.deployment.target
    alias = Alias.of(target, Accounts.from_env().session(target))
    alias.change(while_holding(*request.holder, lambda current: request.shift.change_at(len(request.plan), current)))
    logger.info("all traffic shifted", alias=target.id, version=request.canary)
    return {"version": request.canary}
