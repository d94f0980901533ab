"""How long a verdict takes on average: Wald's bound, and what the deployed test needs above it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gantry.promotion.judge.e_values import Rates
from gantry.promotion.judge.growth import growth
from gantry.promotion.judge.looks import watch_seconds
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import Plan, Step

_MORE_THAN_WALD = 1.15
"""What the sequential test needs, on average, of what Wald's bound asks. `make bench-judge` prints it."""
_SOONEST, _LATEST = 0.5, 1.7
"""How much sooner and later than on average most verdicts come, in the same bench."""
_MOST_HOURS = 12
"""Of `max_bake` in a manifest."""
_SLOWEST_GROWTH = 1e-9
_MOST_WEIGHT = 50
_IN_HOURS = 120
"""Minutes from which on people think in hours."""
_TOLERANCES = (1.0, 2.0, 3.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class ExpectedTime:
    """How long a canary that is exactly as good as the stable revision waits for its verdict."""

    minutes: float | None
    """On average, of evidence; None when no time would be enough."""
    is_enough: bool
    """Whether the manifest's steps and `max_bake` leave that much time."""
    advice: tuple[str, ...]
    """What would help, when it is not enough."""
    sentence: str


def time_to_verdict(
    requests_per_second: float,
    plan: Plan,
    settings: JudgeSettings,
    stable_error_rate: float = 0.001,
    late_seconds: int = 0,
) -> ExpectedTime:
    """Estimate how long it takes to show that an equal canary is not worse.

    Args:
        requests_per_second: of both revisions together.
        plan: the steps. The last one goes on as long as `max_bake` lasts.
        settings: how much is tolerated, and how often the verdict may be wrong.
        stable_error_rate: the share of requests, from 0 to 1, that fail on both.
        late_seconds: how late evidence is, because requests take their time and are counted later.
    """
    if not plan:
        return ExpectedTime(None, True, (), "All traffic moves at once, so there is no canary to compare.")
    minutes = _minutes(requests_per_second, plan, settings, stable_error_rate)
    watched = watch_seconds(plan, settings) / 60
    limit = watched - late_seconds / 60
    late = f", which is {_text(late_seconds / 60)} late" if late_seconds else ""
    if minutes is not None and minutes <= limit:
        sentence = f"A canary as good as the stable version has its verdict after {_about(minutes)} of evidence{late}"
        more = f"; it is watched for {_text(watched)} at most" if _LATEST * minutes > limit else ""
        return ExpectedTime(minutes, True, (), f"{sentence}{more}.")
    needs = "no time is enough" if minutes is None else f"a verdict needs {_about(minutes)} of evidence{late}"
    sentence = f"For a canary as good as the stable version {needs}, and it is watched for {_text(watched)} at most."
    advice = tuple(_advice(requests_per_second, plan, settings, stable_error_rate, late_seconds))
    return ExpectedTime(minutes, False, advice, sentence)


def _minutes(requests_per_second: float, plan: Plan, settings: JudgeSettings, rate: float) -> float | None:
    """Return how long it takes until the evidence of all steps together is enough, on average."""
    missing, missing_requests = _MORE_THAN_WALD * math.log(100 / settings.missed_bad_rate), settings.minimum_requests
    passed = evidence = requests = 0.0
    for step in plan:
        requests_a_minute = 0.6 * requests_per_second * step.weight
        gain = requests_a_minute * _growth(step.weight, settings, rate)
        if gain <= _SLOWEST_GROWTH:
            return None
        # A verdict comes at the end of a minute.
        needed = max((missing - evidence) / gain, (missing_requests - requests) / requests_a_minute) + 0.5
        baked = step.bake_seconds / 60
        if needed <= baked:
            break
        passed, evidence, requests = passed + baked, evidence + gain * baked, requests + requests_a_minute * baked
    else:
        # The last step is extended.
        passed -= baked
    return max(passed + needed, float(settings.minimum_minutes))


def _growth(weight: int, settings: JudgeSettings, rate: float) -> float:
    return growth(Rates(rate, rate), (100 - weight) / weight, settings.tolerated_difference)


def _advice(requests_per_second: float, plan: Plan, settings: JudgeSettings, rate: float, late: int) -> Iterator[str]:
    """Return each change that would be enough alone; otherwise what makes requests, or what comes close."""
    limit = (watch_seconds(plan, settings) - late) / 60

    def wait(changed_plan: Plan, changed: JudgeSettings) -> float:
        minutes = _minutes(requests_per_second, changed_plan, changed, rate)
        return math.inf if minutes is None else minutes

    now, best = wait(plan, settings), math.inf
    for weight in range(plan[-1].weight // 10 * 10 + 10, _MOST_WEIGHT + 1, 10):
        ramp = (*plan[:-1], replace(plan[-1], weight=weight)) if len(plan) > 1 else (*plan, Step(weight, 60))
        if (best := wait(ramp, settings)) <= limit:
            yield f"let the steps end with {weight} % of the traffic: then it takes {_about(best)}"
            break
    for tolerated in (each for each in _TOLERANCES if each > settings.tolerated_error_rate_increase):
        minutes = wait(plan, replace(settings, tolerated_error_rate_increase=tolerated))
        if minutes <= limit:
            points = "1 point" if tolerated == 1 else f"{tolerated:g} points"
            yield f"tolerate {points} (tolerated_error_rate_increase): then it takes {_about(minutes)}"
            break
    if now + late / 60 <= 60 * _MOST_HOURS:
        yield f"watch for longer: max_bake: {min(math.ceil((_LATEST * now + late / 60) / 60), _MOST_HOURS)}h"
    if best > limit:
        yield "send the service more requests while it bakes, such as those of a scheduled test"


def _about(minutes: float) -> str:
    return f"about {_text(minutes)} (mostly {_text(_SOONEST * minutes)} to {_text(_LATEST * minutes)})"


def _text(minutes: float) -> str:
    rounded = max(1, round(minutes))
    if rounded < _IN_HOURS:
        return "1 minute" if rounded == 1 else f"{rounded} minutes"
    return f"{minutes / 60:.1f}".removesuffix(".0") + " hours"
