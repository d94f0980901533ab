"""ShiftTraffic: gives the canary its next share of the alias' traffic."""

from typing import Any

from gantry.aws.accounts import Accounts
from gantry.aws.aliases import Alias
from gantry.aws.notifications import EventBus
from gantry.handlers.leasing import while_holding
from gantry.handlers.observability import logger
from gantry.handlers.requests import LambdaContext, RoutingRequest


class ShiftRequest(RoutingRequest):
    """Adds which step of the plan is to be taken."""

    index: int


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer `shifted_at`, a moment before the canary could have got its first request, and the `weight`.

    A retry may find the shift done already, so that moment is when the state was entered: an alarm in between counts.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetChangedError: somebody else changed the alias since the step before.
    """
    request = ShiftRequest.model_validate(event)
    deployment, weight = request.deployment, request.plan[request.index].weight
    alias = Alias.of(deployment.target, Accounts.from_env().session(deployment.target))
    alias.change(while_holding(*request.holder, lambda current: request.shift.change_at(request.index, current)))
    logger.info("traffic shifted", alias=deployment.target.id, canary=request.canary, weight=weight)
    EventBus.from_env().announce(
        "Promotion Traffic Shifted",
        {
            "service": deployment.release.service,
            "environment": deployment.environment,
            "target": deployment.target.id,
            "stable_version": request.shift.stable,
            "canary_version": request.canary,
            "weight": weight,
            "step": request.index + 1,
            "steps": len(request.plan),
            "execution": request.execution,
        },
        [deployment.target.alias_arn],
    )
    return {"shifted_at": request.at, "weight": weight}
