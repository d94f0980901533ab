"""InspectTarget: what the target routes to now, and whether this release may go there at all."""

from typing import Any

from aws.accounts import Accounts
from aws.alarms import Alarms
from aws.aliases import Alias
from aws.functions import LambdaFunction
from handlers.observability import logger
from handlers.requests import Deployment, DeploymentRequest, LambdaContext
from promotion.errors import AliasNotFoundError, FunctionNotFoundError
from promotion.suitability import require_suitable


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer `found` (version and weights) and `stable` (version and digest); both None on a first deployment.

    Raises:
        FunctionNotFoundError, AliasNotFoundError: and the manifest gives no role to create it with.
        IncompatibleTargetError: the function cannot run this release, or not with this plan.
        AlarmNotFoundError: an alarm of the manifest does not exist.
    """
    deployment = DeploymentRequest.model_validate(event).deployment
    target = deployment.target
    session = Accounts.from_env().session(target)
    firing = [name for name, state in Alarms.of(target, session).states(deployment.alarms).items() if state == "ALARM"]
    function = LambdaFunction.of(target, session)
    latest = function.configuration()
    found = Alias.of(target, session).routing() if latest else None
    logger.info("target inspected", target=target.id, found=str(found and found[0]), alarms_firing=firing)
    if latest is None or found is None:
        _require_role(deployment, function_exists=latest is not None)
        return {"found": None, "stable": None, "alarms_firing": firing}
    routing = found[0]
    stable = function.configuration(routing.version)
    require_suitable(target, deployment.architecture, deployment.plan, latest, stable)
    return {
        "found": {"version": routing.version, "weights": dict(routing.weights)},
        "stable": {"version": routing.version, "image_digest": function.image_digest(routing.version)},
        "alarms_firing": firing,
    }


def _require_role(deployment: Deployment, *, function_exists: bool) -> None:
    target = deployment.target
    if target.role:
        return
    remedy = "Create it, or give the target a role in the manifest and Gantry creates it"
    if function_exists:
        raise AliasNotFoundError(
            f"The function {target.function} in {target.account} has no alias {target.alias}. {remedy}"
        )
    raise FunctionNotFoundError(
        f"There is no function {target.function} in {target.account}, {target.region}. {remedy}"
    )
