"""What is asked of targets before a release comes to an environment: by its gates, for approvers, and for a preview."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from gantry.promotion.judge.forecast import LOOKED_BACK, forecast
from gantry.promotion.manifest.content import Environment
from gantry.promotion.manifest.kinds import evidence_late_seconds, shifts_itself
from gantry.promotion.preview.estimate import Pace
from gantry.promotion.target import Target
from gantry.targets.choosy_kind import ChoosyKind
from gantry.targets.registry import all_schemas, schema_of

if TYPE_CHECKING:
    from gantry.promotion.artifact import ArtifactKind
    from gantry.promotion.masking import Masking
    from gantry.use_cases.services import Services


def firing_alarms(target: Target, alarms: tuple[str, ...], services: "Services") -> tuple[str, ...]:
    """Return which of these alarms fire in a target's account and region, with both.

    Raises:
        AlarmNotFoundError: one does not exist there.
        TargetAccessError: the workload account refuses to say.
    """
    states = services.alarms(target).states(alarms)
    return tuple(f"{name} in {target.account}/{target.region}" for name, state in states.items() if state == "ALARM")


def require_takes(target: Target, environment: Environment, artifact: "ArtifactKind", services: "Services") -> None:
    """Return quietly unless a target can never take such an artifact.

    Raises:
        IncompatibleTargetError: it cannot.
        TargetAccessError: the workload account refuses to say.
    """
    kind = services.kinds.of(target)
    if isinstance(kind, ChoosyKind):
        kind.require_takes(target, environment.configuration, artifact)


def masked_settings(environment: Environment, masking: "Masking") -> dict[str, dict[str, str]]:
    """Return what the environment's configuration sets on each kind of its targets, as people may see it."""
    kinds = dict.fromkeys(target.kind for target in environment.targets)
    return {kind: schema_of(kind).mask(environment.configuration, masking) for kind in kinds}


def settings_of(environment: Environment, target: Target, masking: "Masking") -> dict[str, str]:
    """Return what a release sets on one target, masked."""
    return {**schema_of(target.kind).mask(environment.configuration, masking), **target.settings}


def is_judged(environment: Environment) -> bool:
    """Whether evidence decides about a canary there."""
    return bool(environment.plan) and environment.judge.mode != "observe"


def rate_of(target: Target, now: datetime, services: "Services") -> float | None:
    """Return last week's requests to a target, each second on average; None when they are not known."""
    return services.kinds.of(target).requests_per_second(target, now - LOOKED_BACK, now)


def forecast_of(environment: Environment, rates: Mapping[str, float | None], services: "Services") -> str | None:
    """Return how long a verdict takes by the targets' traffic; None where nothing is judged."""
    if not is_judged(environment):
        return None
    return forecast(environment.plan, environment.judge, rates, _late_seconds(environment, services))


def pace_of(environment: Environment, rates: Mapping[str, float | None], services: "Services") -> Pace:
    """Return what the time of a deployment depends on, beside the manifest."""
    known = [rate for rate in rates.values() if rate is not None]
    is_slow = shifts_itself(environment, all_schemas())
    return Pace(is_slow, _late_seconds(environment, services), min(known) if known else None)


def _late_seconds(environment: Environment, services: "Services") -> int:
    return evidence_late_seconds(environment, all_schemas(), round(services.metrics_delay.total_seconds()))
