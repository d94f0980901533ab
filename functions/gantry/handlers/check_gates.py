"""CheckGates: may automation bring this release to this environment, and which of its alarms are firing already."""

from typing import Any

from gantry.aws.accounts import Accounts
from gantry.aws.alarms import Alarms
from gantry.aws.quarantines import Quarantines
from gantry.handlers.observability import logger
from gantry.handlers.requests import LambdaContext, StateRequest
from gantry.promotion.errors import QuarantinedError
from gantry.promotion.manifest.content import Environment
from gantry.promotion.release import Release


class GateRequest(StateRequest):
    """The state's payload."""

    release: Release
    environment: Environment


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer what is `firing`, for the people who are asked; where nobody is, nobody needs to know.

    An alarm that fires already keeps nothing out: the release may be what mends it.

    Raises:
        QuarantinedError: the digest was rolled back somewhere and nobody has released it since.
        AlarmNotFoundError, TargetAccessError: people would be asked about something that cannot work.
    """
    request = GateRequest.model_validate(event)
    release = request.release
    if quarantine := Quarantines.from_env().get(release.service, release.image_digest):
        raise QuarantinedError(quarantine.explain())
    firing = _firing(request.environment) if request.environment.approval else []
    logger.info("gates are open", environment=request.environment.name, firing=firing)
    return {"firing": firing}


def _firing(environment: Environment) -> list[str]:
    accounts = Accounts.from_env()
    places = {(target.account, target.region): target for target in environment.targets}
    return [
        f"{name} in {account}/{region}"
        for (account, region), target in places.items()
        for name, state in Alarms.of(target, accounts.session(target)).states(environment.alarms).items()
        if state == "ALARM"
    ]
