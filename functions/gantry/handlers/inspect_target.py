"""InspectTarget: what the target routes to now, and whether this release may go there at all.

It is the first to hold the lease, and notes there what the alias goes back to when the deployment ends half-way.
"""

from typing import Any

from gantry.aws.accounts import Accounts
from gantry.aws.alarms import Alarms
from gantry.aws.aliases import Alias
from gantry.aws.functions import LambdaFunction
from gantry.aws.leases import Leases
from gantry.aws.quarantines import Quarantines
from gantry.handlers.announcing import announce
from gantry.handlers.leasing import require_lease
from gantry.handlers.observability import logger
from gantry.handlers.requests import Deployment, HolderRequest, LambdaContext
from gantry.promotion.errors import QuarantinedError, TargetNotFoundError
from gantry.promotion.lease import RestorePoint
from gantry.promotion.suitability import require_suitable


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer `found` (version and weights) and `stable` (version and digest); both None on a first deployment.

    Raises:
        QuarantinedError: the digest was rolled back while the deployment waited for its turn.
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetNotFoundError, TargetNotFoundError: and the manifest gives no role to create it with.
        IncompatibleTargetError: the function cannot run this release, or not with this plan.
        AlarmNotFoundError: an alarm of the manifest does not exist.
    """
    request = HolderRequest.model_validate(event)
    deployment, release, target = request.deployment, request.deployment.release, request.deployment.target
    if quarantine := Quarantines.from_env().get(release.service, release.image_digest):
        raise QuarantinedError(quarantine.explain())
    require_lease(*request.holder)
    session = Accounts.from_env().session(target)
    firing = [name for name, state in Alarms.of(target, session).states(deployment.alarms).items() if state == "ALARM"]
    function = LambdaFunction.of(target, session)
    latest = function.configuration()
    found = Alias.of(target, session).routing() if latest else None
    logger.info("target inspected", target=target.id, found=str(found and found[0]), alarms_firing=firing)
    if latest is None or found is None:
        _require_role(deployment, function_exists=latest is not None)
        _announce(request)
        return {"found": None, "stable": None, "alarms_firing": firing}
    routing = found[0]
    stable = function.configuration(routing.version)
    require_suitable(target, deployment.architecture, deployment.plan, latest, stable)
    restore_point = RestorePoint(routing.version, function.image_digest(routing.version))
    Leases.from_env().change(target, lambda lease: lease.noted(request.execution, request.fence, restore_point))
    _announce(request)
    return {
        "found": {"version": routing.version, "weights": dict(routing.weights)},
        "stable": {"version": restore_point.version, "image_digest": restore_point.image_digest},
        "alarms_firing": firing,
    }


def _announce(request: HolderRequest) -> None:
    deployment, release = request.deployment, request.deployment.release
    announce(
        "Promotion Deployment Started",
        {
            "service": release.service,
            "environment": deployment.environment,
            "target": deployment.target.id,
            "image_digest": release.image_digest,
            "tag": release.tag,
            "execution": request.execution,
        },
        [deployment.target.alias_arn],
    )


def _require_role(deployment: Deployment, *, function_exists: bool) -> None:
    target = deployment.target
    if target.role:
        return
    remedy = "Create it, or give the target a role in the manifest and Gantry creates it"
    if function_exists:
        raise TargetNotFoundError(
            f"The function {target.function} in {target.account} has no alias {target.alias}. {remedy}"
        )
    raise TargetNotFoundError(f"There is no function {target.function} in {target.account}, {target.region}. {remedy}")
