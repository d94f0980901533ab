"""Find out where the newest manifest configures something else than what is live."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.configuration_changes import ConfigurationPlan, KeptArtifact, setting_changes
from gantry.promotion.errors import InvalidRequestError, ManifestError
from gantry.promotion.live import Live
from gantry.promotion.manifest.content import Environment, Manifest
from gantry.promotion.quarantine import in_force
from gantry.promotion.references.reference import read
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.target import Target
from gantry.use_cases.gate_facts import settings_of
from gantry.use_cases.service_manifest import carriage, manifest_at
from gantry.use_cases.services import Services
from gantry.use_cases.throwaway_masking import throwaway_masking

_UNREADABLE = "what is live came with a revision of the manifest that cannot be read any more"


def in_flight(service: str, services: Services) -> tuple[RunningPromotion, ...]:
    """Return the service's promotions whose end is not known yet, oldest first."""
    found = (each for each in services.running_promotions.all() if each.release.service == service)
    return tuple(sorted(found, key=lambda each: each.since))


class PromotionInFlightError(Exception):
    """A promotion of the service is under way, so that nobody knows what will be live."""


def why_in_flight(running: RunningPromotion) -> str:
    """Say that a promotion is under way, and what to do."""
    return (
        f"{running.release} is being promoted to {', '.join(running.environments)} ({running.execution}), so nobody "
        "knows yet what will be live. An artifact that is pushed now takes the newest manifest along. Once that "
        f"promotion has ended, run gantry promote {running.release.service} --configuration. Rejecting its approval "
        "ends it too"
    )


def plan_configuration(
    manifest: Manifest, names: Sequence[str] | None, services: Services
) -> tuple[ConfigurationPlan, tuple[Environment, ...]]:
    """Return which environments get a new configuration, and all that were compared.

    Args:
        manifest: the newest one.
        names: the environments that somebody has named; None for all. Only a named one gets back what a rollback took.
        services: the adapters.

    Raises:
        InvalidRequestError: an environment's configuration differs, and cannot be changed alone; with every reason.
    """
    environments = manifest.environments_to_promote(names)
    planning = _Planning(manifest.service, names is not None, services)
    found = {each.name: planning.look(each) for each in environments}
    if problems := [f"{name}: {each.problem}" for name, each in found.items() if each.problem]:
        raise InvalidRequestError("Nothing was started. " + ". ".join(problems))
    kept = {name: each.kept for name, each in found.items() if each.kept}
    left_out = {name: each.why for name, each in found.items() if each.why}
    logger.info("configuration compared", service=manifest.service, changed=list(kept), left_out=left_out)
    return ConfigurationPlan(kept, left_out), environments


@dataclass(frozen=True, slots=True)
class _Look:
    """One of them is there."""

    kept: KeptArtifact | None = None
    why: str = ""
    problem: str = ""


class _Planning:
    def __init__(self, service: str, is_named: bool, services: Services) -> None:
        self._service, self._is_named, self._services = service, is_named, services
        self._lives = services.ledger.live(service)
        self._manifests: dict[str, Manifest | None] = {}
        self._masking = throwaway_masking()

    def look(self, environment: Environment) -> _Look:
        """Compare an environment with what is live there."""
        here = {each.target_id: each for each in self._lives if each.environment == environment.name}
        lives = [(target, here[target.id]) for target in environment.targets if target.id in here]
        missing = [target.id for target in environment.targets if target.id not in here]
        if not lives:
            return _Look(why="nothing is live there, and its first artifact brings the configuration along")
        changed = dict.fromkeys(key for target, live in lives for key in self._changed(environment, target, live))
        if not changed:
            return _Look(why="; ".join(self._unchanged(environment, lives, missing)))
        if not self._is_named and any(self._is_rolled_back(environment, *each) for each in lives):
            return _Look(why=f"a rollback took this configuration back; {self._name(environment)} brings it again")
        if problem := self._why_impossible(environment, [live for _, live in lives], missing):
            return _Look(problem=problem)
        current = lives[0][1].current
        return _Look(KeptArtifact(current.digest, current.tag, tuple(changed)))

    def _changed(self, environment: Environment, target: Target, live: Live) -> Iterator[str]:
        before = self._environment_of(live.current.manifest_revision, target.id)
        if before is None:
            yield _UNREADABLE
            return
        yield from self._compared(*before, environment, target)
        if self._is_named:  # CheckGates finds the newest versions; where they are live, nothing is deployed
            yield from self._references(environment, target)

    def _references(self, environment: Environment, target: Target) -> Iterator[str]:
        settings = settings_of(environment, target, self._masking)
        yield from (key for key, text in settings.items() if read(text))

    def _compared(
        self, before: Environment, target_before: Target, after: Environment, target: Target
    ) -> tuple[str, ...]:
        was = settings_of(before, target_before, self._masking)
        wanted = settings_of(after, target, self._masking)
        return tuple(each.key for each in setting_changes(was, wanted))

    def _is_rolled_back(self, environment: Environment, target: Target, live: Live) -> bool:
        """Whether a rollback has taken this very configuration off a target, and nothing was released there since."""
        if live.left_manifest is None:
            return False
        left = self._environment_of(live.left_manifest, target.id)
        return left is not None and not self._compared(*left, environment, target)

    def _environment_of(self, revision: str | None, target_id: str) -> tuple[Environment, Target] | None:
        """Return the environment that a revision of the manifest has a target in; None if nobody knows."""
        manifest = self._manifest(revision) if revision else None
        for environment in manifest.environments if manifest else ():
            for target in environment.targets:
                if target.id == target_id:
                    return environment, target
        return None

    def _manifest(self, revision: str) -> Manifest | None:
        if revision not in self._manifests:
            try:
                self._manifests[revision] = manifest_at(self._service, revision, self._services)
            except ManifestError:
                logger.warning("an older manifest cannot be read", service=self._service, manifest_revision=revision)
                self._manifests[revision] = None
        return self._manifests[revision]

    def _unchanged(
        self, environment: Environment, lives: Sequence[tuple[Target, Live]], missing: Sequence[str]
    ) -> Iterator[str]:
        yield "its configuration is what is live"
        for target, live in lives:
            before = self._environment_of(live.current.manifest_revision, target.id)
            if before and carriage(before[0]) != carriage(environment):
                yield "how a release is carried there has changed, and the next promotion takes that"
                break
        if missing:
            yield f"an artifact brings the first release to {' and '.join(missing)}"

    def _why_impossible(self, environment: Environment, lives: Sequence[Live], missing: Sequence[str]) -> str:
        current = lives[0].current
        again = f"gantry promote {self._service} {current.tag or current.digest} --to {environment.name}"
        others = {each.current.digest for each in lives} - {current.digest}
        if others:
            names = ", ".join(f"{each.current.tag or each.current.digest} on {each.target_id}" for each in lives)
            return (
                f"different artifacts are live on its targets ({names}), so it is between two releases. Promote one "
                f"of them to all, such as {again}, or roll back; either takes a manifest along"
            )
        if missing:
            return (
                f"its configuration changes, and nothing is live on {' and '.join(missing)} yet. Bring the artifact "
                f"there together with the configuration: {again}"
            )
        found = self._services.quarantines.get(self._service, current.digest)
        if quarantine := in_force(found):
            return f"what is live there is quarantined. {quarantine.explain()}"
        return ""

    def _name(self, environment: Environment) -> str:
        return f"gantry promote {self._service} --configuration --to {environment.name}"
