"""Decide whether automation may bring a release to an environment, and which of its alarms are firing already."""

from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.deployment import StateEntry
from gantry.promotion.manifest.content import Environment
from gantry.promotion.release import Release
from gantry.use_cases.quarantine import refuse_quarantined
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class GateRequest(StateEntry):
    """A release in front of an environment."""

    release: Release
    environment: Environment


@dataclass(frozen=True, slots=True)
class OpenGates:
    """Nothing keeps the release out."""

    firing: tuple[str, ...]
    """The alarms that are already firing, with their account and region; empty where nobody approves."""


def check_gates(request: GateRequest, services: Services) -> OpenGates:
    """Return the alarms that are already firing, for the approvers.

    Such an alarm does not keep the release out: the release may be the fix.

    Raises:
        QuarantinedError: the digest was rolled back somewhere, and nobody has released it since.
        AlarmNotFoundError, TargetAccessError: the deployment could not work, so that nobody should be asked about it.
    """
    refuse_quarantined(services, request.release)
    firing = _firing(request.environment, services) if request.environment.approval else ()
    logger.info("gates are open", environment=request.environment.name, firing=firing)
    return OpenGates(firing)


def _firing(environment: Environment, services: Services) -> tuple[str, ...]:
    places = {(target.account, target.region): target for target in environment.targets}
    return tuple(
        f"{name} in {account}/{region}"
        for (account, region), target in places.items()
        for name, state in services.alarms(target).states(environment.alarms).items()
        if state == "ALARM"
    )
