"""Decide whether automation may bring a release to an environment, and return what the manifest says of it."""

from dataclasses import dataclass
from datetime import datetime

from gantry.observability import logger
from gantry.promotion.approved_draft import kept
from gantry.promotion.deployment import StateEntry
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.judge.forecast import LOOKED_BACK, forecast
from gantry.promotion.manifest.content import Environment
from gantry.promotion.manifest.kinds import evidence_late_seconds
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.promotion.waves import Wave
from gantry.targets.choosy_kind import ChoosyKind
from gantry.targets.registry import all_schemas
from gantry.use_cases.artifact_regions import regions_elsewhere
from gantry.use_cases.policy import current_policy, require_allowed, require_owner
from gantry.use_cases.quarantine import require_none
from gantry.use_cases.service_manifest import CarriedEnvironment, carried_environment, manifest_of
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class GateRequest(StateEntry):
    """A release in front of an environment."""

    release: Release
    environment: str
    """The environment's name."""
    promoted: tuple[str, ...]
    """The names of all environments that the promotion is for."""


@dataclass(frozen=True, slots=True)
class OpenGates:
    """Nothing keeps the release out."""

    environment: CarriedEnvironment
    firing: tuple[str, ...]
    """The alarms that are already firing, with their account and region; empty where nobody approves."""
    elsewhere: tuple[str, ...]
    """The regions, beside the pipeline's own, in which the artifact must be before people are asked."""
    waves: tuple[Wave, ...]
    """The environment's targets, by index, wave by wave."""
    drafts: tuple[MaskedSettings, ...]
    """What the release takes from each of the environment's targets, in their order; empty where nobody approves."""
    forecast: str | None
    """How long a verdict will take, for the approvers; None where nobody approves or nothing is judged."""


def check_gates(request: GateRequest, services: Services) -> OpenGates:
    """Return the environment; and for the approvers, which alarms are firing and what the release takes from drafts.

    Such an alarm does not keep the release out: the release may be the fix.

    Raises:
        QuarantinedError: the digest was rolled back somewhere, and nobody has released it since.
        ManifestError: the release's revision of the manifest was deleted, this version of Gantry does not take it, or
            it names no bucket in a region that needs one.
        PolicyError, PolicyViolationError, TargetOwnedError: the administrators do not allow it, or not any more.
        AlarmNotFoundError, TargetAccessError, IncompatibleTargetError: the deployment could not work, so
            that nobody should be asked about it.
    """
    manifest = manifest_of(request.release, services)
    environment = carried_environment(request.environment, manifest)
    standing = services.standings.at_gate(request.release, environment.targets)
    require_none(standing.quarantine)
    policy = current_policy(services)
    require_allowed(policy, manifest, [environment.name], request.promoted, services)
    for lease in standing.leases:
        require_owner(policy, request.release.service, lease)
    elsewhere = regions_elsewhere(request.release.artifact, environment, request.execution)
    firing = _firing(environment, services) if environment.approval else ()
    _require_takes(environment, request.release, services)
    drafts = tuple(_draft(target, environment, services) for target in environment.targets)
    forecast = _forecast(environment, request.entered_at, services)
    logger.info("gates are open", environment=environment.name, firing=firing)
    return OpenGates(environment, firing, elsewhere, environment.in_waves, drafts, forecast)


def _forecast(environment: Environment, now: datetime, services: Services) -> str | None:
    """Look at last week's traffic. What is not known keeps nobody from being asked."""
    if not environment.approval or not environment.plan or environment.judge.mode == "observe":
        return None
    rates = {
        target.id: services.kinds.of(target).requests_per_second(target, now - LOOKED_BACK, now)
        for target in environment.targets
    }
    delay = round(services.metrics_delay.total_seconds())
    late = evidence_late_seconds(environment, all_schemas(), delay)
    return forecast(environment.plan, environment.judge, rates, late)


def _require_takes(environment: Environment, release: Release, services: Services) -> None:
    """Nobody is asked in vain. Where nobody approves, the inspection of each target finds the same."""
    for target in environment.targets if environment.approval else ():
        kind = services.kinds.of(target)
        if isinstance(kind, ChoosyKind):
            kind.require_takes(target, environment.configuration, release.artifact.kind)


def _draft(target: Target, environment: Environment, services: Services) -> MaskedSettings:
    if not environment.approval:
        return {}
    draft = services.kinds.of(target).draft(target, environment.configuration, services.masking)
    return kept(draft, len(environment.targets))


def _firing(environment: Environment, services: Services) -> tuple[str, ...]:
    places = {(target.account, target.region): target for target in environment.targets}
    return tuple(
        f"{name} in {account}/{region}"
        for (account, region), target in places.items()
        for name, state in services.alarms(target).states(environment.alarms).items()
        if state == "ALARM"
    )
