"""RollBack: brings the stable version back on the alias, before anything else is done about a failure."""

from typing import Any

from gantry.aws.accounts import Accounts
from gantry.aws.aliases import Alias
from gantry.handlers.leasing import while_holding
from gantry.handlers.observability import logger
from gantry.handlers.requests import LambdaContext, RoutingRequest
from gantry.promotion.errors import NoPreviousRevisionError


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the `version` that has all traffic again.

    Raises:
        NoPreviousRevisionError: it was the first deployment.
        LeaseLostError: somebody rolled back or repaired the target in the meantime, so that the alias is theirs.
        TargetChangedError: the alias is as nothing in this deployment left it; it was not touched.
    """
    request = RoutingRequest.model_validate(event)
    target = request.deployment.target
    if request.found is None:
        raise NoPreviousRevisionError(f"{target.id}: it was the first deployment, and there is nothing to go back to")
    alias = Alias.of(target, Accounts.from_env().session(target))
    alias.change(while_holding(*request.holder, request.shift.change_back))
    logger.warning("rolled back", alias=target.id, version=request.shift.stable, canary=request.canary)
    return {"version": request.shift.stable}
