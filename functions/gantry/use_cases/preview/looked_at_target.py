"""One look at a target, as InspectTarget takes it, which changes nothing and keeps nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from gantry.observability import logger
from gantry.promotion.approved_draft import kept
from gantry.promotion.deployment import Deployment
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.errors import (
    AlarmNotFoundError,
    TargetAccessError,
    TargetPendingError,
    TargetUnreachableError,
)
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.preview.rules import Rule, RuleName
from gantry.promotion.references.errors import ReferenceNotFoundError, ReferenceUnreadableError
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.targets.findings import Inspection
from gantry.use_cases.gate_facts import firing_alarms, is_judged, rate_of, require_takes
from gantry.use_cases.references.pinning import pinned_target
from gantry.use_cases.service_manifest import CarriedEnvironment
from gantry.use_cases.services import Services

_RULES: tuple[tuple[type[GantryError], RuleName], ...] = (
    (TargetAccessError, RuleName.ACCOUNT),
    (TargetUnreachableError, RuleName.ACCOUNT),
    (AlarmNotFoundError, RuleName.ALARMS),
    (ReferenceNotFoundError, RuleName.REFERENCES),
    (ReferenceUnreadableError, RuleName.REFERENCES),
    (GantryError, RuleName.TARGET),
)


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """A target that a release would come to."""

    target: Target
    release: Release
    environment: CarriedEnvironment
    now: datetime

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.target.id

    def as_deployment(self) -> Deployment:
        """Return the input that DeployToTarget would start the deployment with."""
        environment = self.environment
        return Deployment(
            release=self.release,
            environment=environment.name,
            target=self.target,
            architecture=environment.architecture,
            configuration=environment.configuration,
            plan=environment.plan,
            alarms=environment.alarms,
            judge=environment.judge,
            carried=environment.carried,
            promotion_started_at=self.now,
            checks=environment.checks,
        )


@dataclass(frozen=True, slots=True)
class TargetLook:
    """What was seen of a target."""

    target_id: str
    rules: tuple[Rule, ...] = ()
    """Those that it was looked at for."""
    inspection: Inspection | None = None
    """None where it could not be inspected."""
    draft: MaskedSettings = field(default_factory=dict)
    firing: tuple[str, ...] = ()
    pinned: Target | None = None
    """The target with the versions of what its configuration refers to; None where they could not be found."""
    requests_per_second: float | None = None
    waits_for: tuple[str, ...] = ()

    def also(self, error: Exception) -> "TargetLook":
        """Return it with what stopped the look."""
        if isinstance(error, TargetPendingError):
            return replace(self, waits_for=(*self.waits_for, str(error)))
        name = next((rule for kind, rule in _RULES if isinstance(error, kind)), RuleName.ACCOUNT)
        reason = str(error) if isinstance(error, GantryError) else f"{type(error).__name__}: {error}"
        return replace(self, rules=(*self.rules, Rule(name, is_met=False, reason=reason, target=self.target_id)))


def look_at_target(wanted: ToLookAt, services: Services) -> TargetLook:
    """Return what is known of a target. What it refuses is part of that; one question's refusal answers no other."""
    target, environment = wanted.target, wanted.environment
    kind, look = services.kinds.of(target), TargetLook(target.id)

    def with_alarms(seen: TargetLook) -> TargetLook:
        return replace(seen, firing=firing_alarms(target, environment.alarms, services))

    def with_references(seen: TargetLook) -> TargetLook:
        return replace(seen, pinned=pinned_target(target, environment, services))

    def with_draft(seen: TargetLook) -> TargetLook:
        draft = kind.draft(target, _pinned(wanted, seen).as_deployment().configuration, services.masking)
        return replace(seen, draft=kept(draft, len(environment.targets)))

    def with_inspection(seen: TargetLook) -> TargetLook:
        require_takes(target, environment, wanted.release.artifact.kind, services)
        return replace(seen, inspection=kind.inspect(_pinned(wanted, seen).as_deployment(), services.masking))

    for part in (with_alarms, with_references, with_draft, with_inspection):
        look = _tried(part, look)
    return replace(look, requests_per_second=_rate(wanted, services)) if is_judged(environment) else look


def _pinned(wanted: ToLookAt, seen: TargetLook) -> ToLookAt:
    return replace(wanted, target=seen.pinned or wanted.target)


def _tried(part: Callable[[TargetLook], TargetLook], look: TargetLook) -> TargetLook:
    """Return the look with one more part. An account that refuses once is asked nothing more."""
    if any(each.name is RuleName.ACCOUNT and not each.is_met for each in look.rules):
        return look
    try:
        return part(look)
    except GantryError as error:
        return look.also(error)


def _rate(wanted: ToLookAt, services: Services) -> float | None:
    """Return last week's traffic. What is not known of it stops nothing."""
    try:
        return rate_of(wanted.target, wanted.now, services)
    except GantryError as error:
        logger.info("traffic not known", target=wanted.target.id, reason=str(error))
        return None
