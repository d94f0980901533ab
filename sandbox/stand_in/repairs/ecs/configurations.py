"""The deployment configuration of a service.

Restores: ECS fills in defaults, checks what it can do, and merges what UpdateService brings into what it has. A member
that is left out stays as it was, so only an empty list removes the hooks. A block replaces the one before it, and what
it leaves out has its default, but for the two optional members of the circuit breaker.
Defaults, merging and AWS' words were measured on AWS:
https://github.com/go-to-k/cdkd/pull/1848, https://github.com/go-to-k/cdkd/pull/2256,
https://github.com/hashicorp/terraform-provider-aws/pull/47096, https://github.com/kayac/ecspresso/pull/1082
The limits are those of the service model and of
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
"""

import copy
from typing import Final

from sandbox.stand_in.repairs.ecs.refusals import invalid
from sandbox.stand_in.repairs.replacing import Json

ROLLING: Final = "ROLLING"
SHIFTING: Final = frozenset({"BLUE_GREEN", "LINEAR", "CANARY"})
"""The strategies that move traffic from one target group to another."""
PAUSE: Final = "PAUSE"
ALL: Final = 100.0
"""All traffic, in per cent."""
_HOOKS, _DAY, _FOURTEEN_DAYS = 10, 1440, 20_160
_PAUSE_STAGES = frozenset(
    {
        "RECONCILE_SERVICE",
        "PRE_SCALE_UP",
        "POST_SCALE_UP",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRE_PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
    }
)
_STAGES = _PAUSE_STAGES | {"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"}
_DEFAULTS: Json = {
    "strategy": ROLLING,
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "bakeTimeInMinutes": 0,
    "alarms": {"alarmNames": [], "rollback": False, "enable": False},
    "deploymentCircuitBreaker": {
        "enable": False,
        "rollback": False,
        "resetOnHealthyTask": True,
        "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
    },
}
_BLOCKS: dict[str, Json] = {
    "linearConfiguration": {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6},
    "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10},
}
_STRATEGY_OF = {"linearConfiguration": "LINEAR", "canaryConfiguration": "CANARY"}


def merged(stored: Json | None, sent: Json | None) -> Json:
    """Return the configuration that a service has after a call. Raises RefusedError."""
    sent = {name: value for name, value in (sent or {}).items() if value is not None}
    configuration = {**copy.deepcopy(stored or _DEFAULTS), **copy.deepcopy(sent)}
    for block, strategy in _STRATEGY_OF.items():
        if block in sent and configuration["strategy"] != strategy:
            kind = strategy.title()
            raise invalid(f"{kind} configuration can only be present with {strategy} deployment strategy")
        if configuration["strategy"] == strategy:
            configuration[block] = {**_BLOCKS[block], **configuration.get(block, {})}
        else:
            configuration.pop(block, None)
    breaker = (stored or _DEFAULTS)["deploymentCircuitBreaker"]
    configuration["deploymentCircuitBreaker"] = {**breaker, **configuration["deploymentCircuitBreaker"]}
    configuration["lifecycleHooks"] = [_whole(hook) for hook in configuration.get("lifecycleHooks", [])]
    _check(configuration)
    return configuration


def weights(configuration: Json, *, first: bool) -> tuple[float, ...]:
    """Return the shares of the new revision, in per cent; none of a rolling deployment, one of a service's first."""
    strategy = configuration["strategy"]
    if strategy == ROLLING:
        return ()
    if strategy == "CANARY" and not first:
        return configuration["canaryConfiguration"]["canaryPercent"], ALL
    if strategy == "LINEAR" and not first:
        # In tenths, because ECS takes steps of 0.1 %.
        step = round(configuration["linearConfiguration"]["stepPercent"] * 10)
        return (*(weight / 10 for weight in range(step, 1000, step)), ALL)
    return (ALL,)


def bake_between(configuration: Json) -> float:
    """Return the minutes that each step below 100 % lasts."""
    linear, canary = configuration.get("linearConfiguration"), configuration.get("canaryConfiguration")
    return (linear or {}).get("stepBakeTimeInMinutes") or (canary or {}).get("canaryBakeTimeInMinutes") or 0


def hooks_at(configuration: Json, stage: str) -> list[Json]:
    """Return the hooks of a stage."""
    return [hook for hook in configuration["lifecycleHooks"] if stage in hook["lifecycleStages"]]


def check_load_balancers(configuration: Json, service: Json) -> None:
    """Raise RefusedError if a linear or canary deployment had nothing to move the traffic with."""
    balancers = service.get("loadBalancers") or []
    can_shift = any(each.get("advancedConfiguration") for each in balancers) or service.get(
        "serviceConnectConfiguration"
    )
    if configuration["strategy"] in {"LINEAR", "CANARY"} and not can_shift:
        raise invalid(
            f"The {configuration['strategy']} deployment strategy needs a load balancer with an "
            "advancedConfiguration, or Service Connect."
        )


def _whole(hook: Json) -> Json:
    timeout = {"timeoutInMinutes": _DAY, "action": "ROLLBACK", **(hook.get("timeoutConfiguration") or {})}
    return {"targetType": "AWS_LAMBDA", **hook, "timeoutConfiguration": timeout}


def _check(configuration: Json) -> None:
    strategy = configuration["strategy"]
    if strategy != ROLLING and (configuration.get("earlySuccessCriteria") or {}).get("enable"):
        raise invalid(f"Early success criteria not supported for {strategy} deployment strategy")
    linear, canary = configuration.get("linearConfiguration", {}), configuration.get("canaryConfiguration", {})
    _check_range("stepPercent", linear.get("stepPercent"), 3.0, ALL)
    _check_range("canaryPercent", canary.get("canaryPercent"), 0.1, ALL)
    _check_range("stepBakeTimeInMinutes", linear.get("stepBakeTimeInMinutes"), 0, _DAY)
    _check_range("canaryBakeTimeInMinutes", canary.get("canaryBakeTimeInMinutes"), 0, _DAY)
    _check_range("bakeTimeInMinutes", configuration["bakeTimeInMinutes"], 0, _DAY)
    hooks = configuration["lifecycleHooks"]
    for kind in (PAUSE, "AWS_LAMBDA"):
        if sum(hook["targetType"] == kind for hook in hooks) > _HOOKS:
            raise invalid(f"A service can have {_HOOKS} {kind} hooks.")
    for hook in hooks:
        _check_hook(hook)


def _check_range(name: str, value: float | None, least: float, most: float) -> None:
    if value is not None and (not least <= value <= most or round(value * 10) != value * 10):
        raise invalid(f"{name} has to be a multiple of 0.1 from {least} to {most}, not {value}.")


def _check_hook(hook: Json) -> None:
    stages, is_pause = set(hook.get("lifecycleStages") or []), hook["targetType"] == PAUSE
    if not stages:
        raise invalid("Lifecycle stage cannot be null or empty for any deployment lifecycle hooks")
    if not stages <= (_PAUSE_STAGES if is_pause else _STAGES):
        raise invalid(f"A {hook['targetType']} hook cannot be at {', '.join(sorted(stages - _PAUSE_STAGES))}.")
    if is_pause and (hook.get("hookTargetArn") or hook.get("roleArn")):
        raise invalid("Pause hooks do not use hookTargetArn or roleArn.")
    if not is_pause and not (hook.get("hookTargetArn") and hook.get("roleArn")):
        raise invalid("Role arn or Hook Target arn is missing for one or more deployment lifecycle hooks")
    _check_range("timeoutInMinutes", hook["timeoutConfiguration"]["timeoutInMinutes"], 1, _FOURTEEN_DAYS)
