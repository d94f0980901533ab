"""What approvers read about how long the judge will need: by the traffic of the quietest target."""

from collections.abc import Mapping
from datetime import timedelta

from gantry.promotion.judge.expected_time import time_to_verdict
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import Plan

LOOKED_BACK = timedelta(days=7)
"""Over how long the traffic is averaged: days and nights, and a weekend."""


def forecast(
    plan: Plan, settings: JudgeSettings, requests_per_second: Mapping[str, float | None], late_seconds: int = 0
) -> str:
    """Return how long a verdict takes on the target with the least traffic, and what would help if that is too long.

    Args:
        plan: the steps.
        settings: how the canary is judged.
        requests_per_second: by each target's id; None where it is not known.
        late_seconds: how late evidence is.
    """
    known = {target: rate for target, rate in requests_per_second.items() if rate is not None}
    if not known:
        return "Last week's traffic is not known, and so it is not known how long a verdict takes."
    target = min(known, key=lambda each: known[each])
    rate = known[target]
    where = f"{target} had {_rate(rate)} last week."
    if not rate:
        return f"{where} Without requests there is no verdict: send the service some while it bakes."
    expected = time_to_verdict(rate, plan, settings, late_seconds=late_seconds)
    advice = f" This would help: {'; or '.join(expected.advice)}." if expected.advice else ""
    return f"{where} {expected.sentence}{advice}"


def _rate(requests_per_second: float) -> str:
    if not requests_per_second:
        return "no requests"
    if requests_per_second >= 1:
        return f"{requests_per_second:,.0f} requests a second"
    return f"{60 * requests_per_second:.2g} requests a minute"
