"""What a service's `deploymentConfiguration` should be: what it is, with what one rollout needs.

What others have set up stays: hooks, alarms, percents, the circuit breaker. ECS merges what it is sent into what it
has. So what is left out stays too, and hooks end only by a list without them. A block of one strategy is refused beside
another. AWS' pages do not say so; others have measured it:
https://github.com/go-to-k/cdkd/pull/1848, https://github.com/go-to-k/cdkd/pull/2256
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import IncompatibleTargetError
from gantry.promotion.traffic import Plan
from gantry.targets.ecs_service.pauses import Hook, has_ours, pauses_for, without_ours
from gantry.targets.ecs_service.step_strategy import StepStrategy, strategy_of, why_not

Settings = dict[str, Any]

ROLLING = "ROLLING"
_SHORTEST_BAKE = 2
"""Minutes of ECS' own bake after a step. A deployment is looked at each minute, so ECS is stopped before its next step
where it has not waited for an answer."""
_NEVER_KEPT = frozenset(
    {"strategy", "bakeTimeInMinutes", "earlySuccessCriteria", "linearConfiguration", "canaryConfiguration"}
)


def hooks_of_others(found: Mapping[str, Any]) -> list[Hook]:
    """Return the lifecycle hooks of a service's configuration that are not Gantry's own pauses."""
    return without_ours(found.get("lifecycleHooks") or ())


def rollout_settings(found: Mapping[str, Any], deployment: Deployment, *, shifts_traffic: bool) -> Settings:
    """Return the configuration of a rollout that waits for Gantry before every step.

    Args:
        found: the service's configuration.
        deployment: whose rollout it is.
        shifts_traffic: whether ECS can shift the service's traffic between two target groups.
    """
    pauses = pauses_for(deployment.plan, deployment.judge, shifts_traffic=shifts_traffic)
    settings = _kept(found) | {"lifecycleHooks": [*hooks_of_others(found), *pauses]}
    if shifts_traffic:
        return settings | _shifting(deployment.plan)
    return settings | {"strategy": ROLLING} | _guards(found, deployment.alarms)


def return_settings(found: Mapping[str, Any], *, shifts_traffic: bool) -> Settings:
    """Return the configuration that takes all traffic elsewhere at once, without any pause of ours."""
    strategy = _shifting(()) if shifts_traffic else {"strategy": ROLLING}
    return _kept(found) | {"lifecycleHooks": hooks_of_others(found)} | strategy


def tidied_settings(found: Mapping[str, Any]) -> Settings | None:
    """Return the configuration for what others deploy next: no pause of ours stops it; None if the service has none.

    The steps of a rollout go too. With them, a person who restores an older version would wait for each one.
    """
    if not has_ours(found.get("lifecycleHooks") or ()):
        return None
    return return_settings(found, shifts_traffic=found.get("strategy", ROLLING) != ROLLING)


def _kept(found: Mapping[str, Any]) -> Settings:
    """Return what stays. A deployment that ends early is refused with steps, and has old tasks left without them.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentEarlySuccessCriteria.html
    """
    kept = {name: value for name, value in found.items() if name not in _NEVER_KEPT}
    ends_early = (found.get("earlySuccessCriteria") or {}).get("enable")
    return kept | ({"earlySuccessCriteria": {"enable": False}} if ends_early else {})


def _shifting(plan: Plan) -> Settings:
    """Return the strategy that takes these steps. Afterwards ECS waits at our last pause, so it has no bake there.

    Raises:
        IncompatibleTargetError: ECS has none. The manifest's reader refuses such steps.
    """
    settings: Settings = {"bakeTimeInMinutes": 0}
    match strategy := strategy_of(plan):
        case StepStrategy.ALL_AT_ONCE:
            return settings | {"strategy": "BLUE_GREEN"}
        case StepStrategy.CANARY:
            canary = {"canaryPercent": float(plan[0].weight), "canaryBakeTimeInMinutes": _bake_minutes(plan)}
            return settings | {"strategy": strategy.value, "canaryConfiguration": canary}
        case StepStrategy.LINEAR:
            linear = {"stepPercent": float(plan[0].weight), "stepBakeTimeInMinutes": _bake_minutes(plan)}
            return settings | {"strategy": strategy.value, "linearConfiguration": linear}
        case None:
            raise IncompatibleTargetError(str(why_not(plan)))


def _bake_minutes(plan: Plan) -> int:
    return max(ceil(plan[0].bake_seconds / 60), _SHORTEST_BAKE)


def _guards(found: Mapping[str, Any], alarms: tuple[str, ...]) -> Settings:
    """Return what lets ECS itself go back where no step does."""
    guards: Settings = {"deploymentCircuitBreaker": {**found.get("deploymentCircuitBreaker", {}), **_GOES_BACK}}
    names = [*dict.fromkeys((*(found.get("alarms") or {}).get("alarmNames", ()), *alarms))]
    return guards | ({"alarms": {"alarmNames": names, **_GOES_BACK}} if names else {})


_GOES_BACK = {"enable": True, "rollback": True}
