"""Which of ECS' own strategies takes the steps of a plan.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from enum import StrEnum

from gantry.promotion.traffic import Plan, Step

SMALLEST_LINEAR_STEP = 3
"""Per cent. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html"""

_LISTED = 5


class StepStrategy(StrEnum):
    """How ECS shifts the traffic."""

    CANARY = "CANARY"
    """One step, then all traffic."""
    LINEAR = "LINEAR"
    """Steps of one size, then all traffic."""
    ALL_AT_ONCE = "ALL_AT_ONCE"
    """No step. Whether tasks are replaced one by one or side by side is the service's own configuration."""


def strategy_of(plan: Plan) -> StepStrategy | None:
    """Return what takes these steps; None where ECS has nothing that does."""
    if not plan:
        return StepStrategy.ALL_AT_ONCE
    if len(plan) == 1:
        return StepStrategy.CANARY
    is_linear = plan == equal_steps(plan[0]) and plan[0].weight >= SMALLEST_LINEAR_STEP
    return StepStrategy.LINEAR if is_linear else None


def equal_steps(first: Step) -> Plan:
    """Return the steps of the first one's size: 25, 50 and 75 for 25. The last one, to all traffic, is never listed."""
    return tuple(Step(weight, first.bake_seconds) for weight in range(first.weight, 100, first.weight))


def why_not(plan: Plan) -> str | None:
    """Return why ECS cannot take these steps, with those that it can take; None where it can."""
    if strategy_of(plan):
        return None
    first = plan[0]
    weights = [str(each.weight) for each in equal_steps(first)]
    if first.weight < SMALLEST_LINEAR_STEP:
        equal = f"or equal steps of {SMALLEST_LINEAR_STEP} or more per cent"
    elif len(weights) == 1:
        equal = "or equal steps like 25, 50 and 75 with one bake"
    else:
        listed = (
            f"{', '.join(weights[:-1])} and" if len(weights) < _LISTED else f"{', '.join(weights[:3])} and so on to"
        )
        equal = f"or {listed} {weights[-1]}, all with one bake"
    return f"ECS takes one step, or equal steps up to all traffic; give {first.weight} alone, {equal}, or a preset"
