"""Decide whether automation may bring a release to an environment, and return what the manifest says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from gantry.observability import logger
from gantry.promotion.approved_draft import kept
from gantry.promotion.aws_partition import region_in
from gantry.promotion.deployment import StateEntry
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.manifest.content import Environment
from gantry.promotion.preview.estimate import estimate
from gantry.promotion.references.reference import pinned
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.promotion.waves import Wave
from gantry.use_cases.artifact_regions import regions_elsewhere
from gantry.use_cases.configuration.same_artifact import require_same_live_artifacts
from gantry.use_cases.gate_facts import firing_alarms, forecast_of, is_judged, pace_of, rate_of, require_takes
from gantry.use_cases.policy import current_policy, require_allowed, require_owner
from gantry.use_cases.quarantine import require_none
from gantry.use_cases.references.pinning import pinned_targets
from gantry.use_cases.service_manifest import CarriedEnvironment, carried_environment, manifest_of
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class GateRequest(StateEntry):
    """A release in front of an environment."""

    release: Release
    """What the promotion brings."""
    environment: str
    """The environment's name."""
    promoted: tuple[str, ...]
    """The names of all environments that the promotion is for."""
    releases: Mapping[str, Release] = field(default_factory=dict)
    """By environment, its own release of a change of configuration alone."""

    @property
    def own_release(self) -> Release:
        """What comes to this environment."""
        return self.releases.get(self.environment, self.release)


@dataclass(frozen=True, slots=True)
class OpenGates:
    """Nothing keeps the release out."""

    release: Release
    """What comes to the environment, for all states from here on."""
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
    ends: str | None
    """How long the environment will take once it is approved, for the approvers; None where nobody approves."""


def check_gates(request: GateRequest, services: Services) -> OpenGates:
    """Return the environment; and for the approvers, which alarms are firing and what the release takes from drafts.

    Such an alarm does not keep the release out: the release may be the fix.

    Raises:
        QuarantinedError: the digest was rolled back somewhere, and nobody has released it since.
        DeploymentSupersededError: only the configuration was to change, and another artifact is live by now.
        ManifestError: the release's revision of the manifest was deleted, this version of Gantry does not take it, or
            it names no bucket in a region that needs one.
        PolicyError, PolicyViolationError, TargetOwnedError: the administrators do not allow it, or not any more.
        AlarmNotFoundError, TargetAccessError, IncompatibleTargetError, ReferenceNotFoundError,
        ReferenceUnreadableError: the deployment could not work, so that nobody should be asked about it.
    """
    release = request.own_release
    manifest = manifest_of(release, services)
    environment = carried_environment(request.environment, manifest)
    standing = services.standings.at_gate(release, environment.targets)
    require_none(standing.quarantine)
    require_same_live_artifacts(release, standing.leases)
    policy = current_policy(services)
    require_allowed(policy, manifest, [environment.name], request.promoted, services)
    for lease in standing.leases:
        require_owner(policy, release.service, lease)
    elsewhere = regions_elsewhere(release.artifact, environment, region_in(request.execution))
    firing = _firing(environment, services) if environment.approval else ()
    environment = replace(environment, targets=pinned_targets(environment, services))
    for target in environment.targets if environment.approval else ():  # elsewhere, each target's inspection finds it
        require_takes(target, environment, release.artifact.kind, services)
    drafts = tuple(_draft(target, environment, services) for target in environment.targets)
    rates = _rates(environment, request.entered_at, services)
    forecast = forecast_of(environment, rates, services) if environment.approval else None
    ends = _ends(environment, rates, services) if environment.approval else None
    logger.info("gates are open", environment=environment.name, firing=firing)
    return OpenGates(release, environment, firing, elsewhere, environment.in_waves, drafts, forecast, ends)


def _rates(environment: Environment, now: datetime, services: Services) -> dict[str, float | None]:
    """Look at last week's traffic, where approvers read about it. What is not known keeps nobody from being asked."""
    if not (environment.approval and is_judged(environment)):
        return {}
    return {target.id: rate_of(target, now, services) for target in environment.targets}


def _ends(environment: Environment, rates: Mapping[str, float | None], services: Services) -> str:
    """Return how long it takes if all targets get the release in steps. Whether they do, only their inspection says."""
    targets = {each.id for each in environment.targets}
    return str(estimate(environment, targets, pace_of(environment, rates, services)))


def _draft(target: Target, environment: Environment, services: Services) -> MaskedSettings:
    if not environment.approval:
        return {}
    configuration = pinned(environment.configuration, target.references)
    draft = services.kinds.of(target).draft(target, configuration, services.masking)
    return kept(draft, len(environment.targets))


def _firing(environment: Environment, services: Services) -> tuple[str, ...]:
    places = {(target.account, target.region): target for target in environment.targets}
    return tuple(each for target in places.values() for each in firing_alarms(target, environment.alarms, services))
