"""Refuse what would be ended by a machine's time before it can be done."""

from collections.abc import Iterator, Mapping, Sequence

from gantry.promotion import durations
from gantry.promotion.judge.rollout_limits import (
    LONGEST_ROLLOUT,
    longest_parts,
)
from gantry.promotion.manifest.content import Environment
from gantry.promotion.manifest.kinds import Schemas, shifts_itself
from gantry.promotion.manifest.messages import quoted
from gantry.promotion.manifest.problem import Problem

LONGEST_PROMOTION = 90 * 86_400
"""Seconds after which the promotion machine ends an execution, whatever it waits for."""
_DAY = 86_400


def rollout_problems(environments: Sequence[Environment], schemas: Schemas) -> Iterator[Problem]:
    """Yield each environment whose deployments may take too long, and the promotion if all of them together do."""
    for index, environment in enumerate(environments):
        parts = _parts(environment, schemas)
        if sum(parts.values()) > LONGEST_ROLLOUT:
            named = ", ".join(f"{what} {durations.text(each)}" for what, each in parts.items() if each)
            message = (
                f"a deployment to {quoted(environment.name)} may take {durations.text(sum(parts.values()))} ({named}); "
                f"give {LONGEST_ROLLOUT // 3_600}h at most, by a shorter traffic, max_bake or bake_after"
                f"{_or_checks([environment])}"
            )
            yield Problem(("environments", index), message)
    yield from _too_long_together(environments, schemas)


def promotion_seconds(environments: Sequence[Environment], schemas: Schemas) -> tuple[int, int, int]:
    """Return how long all approvals, all deployments and all waits for infrastructure may take.

    Waves wait for each other.
    """
    asking = sum(each.approval.expires_after_seconds for each in environments if each.approval)
    deploying = sum(len(each.in_waves) * sum(_parts(each, schemas).values()) for each in environments)
    waiting = sum(each.needs_within_seconds for each in environments if each.needs)
    return asking, deploying, waiting


def _parts(environment: Environment, schemas: Schemas) -> Mapping[str, int]:
    checks, slow = environment.checks.longest_seconds, shifts_itself(environment, schemas)
    return longest_parts(environment.plan, environment.judge, checks, shifts_itself=slow)


def _too_long_together(environments: Sequence[Environment], schemas: Schemas) -> Iterator[Problem]:
    asking, deploying, waiting = promotion_seconds(environments, schemas)
    if asking + deploying + waiting > LONGEST_PROMOTION:
        waves = sum(len(each.in_waves) for each in environments)
        needing = f", {waiting / _DAY:.1f} for needs" if waiting else ""
        message = (
            f"a promotion may take {(asking + deploying + waiting) / _DAY:.1f} days: {asking / _DAY:.1f} for approvals"
            f"{needing} and "
            f"{deploying / _DAY:.1f} for {waves} waves, one after the other; give {LONGEST_PROMOTION // _DAY} days "
            f"at most, by a shorter max_bake, bake_after{', needs_within' if waiting else ''} or expires_after, or by "
            "larger waves or fewer targets"
            f"{_or_checks(environments)}"
        )
        yield Problem(("environments",), message)


def _or_checks(environments: Sequence[Environment]) -> str:
    """Return the advice for checks that take their share of the time."""
    return (
        ", or by fewer checks or a shorter within" if any(each.checks.before_traffic for each in environments) else ""
    )
