"""What the judge says to people: one sentence that needs one reading."""

import math
from collections.abc import Iterator, Sequence

from gantry.promotion.judge.comparison import Comparison
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.visible_text import shortened

_MOST_REASONS, _LONGEST_REASON = 5, 300
"""Of one step, in the state of a machine, which carries those of all steps. The history has all of each."""


def shortened_reasons(reasons: Sequence[str]) -> tuple[str, ...]:
    """Return so much of the reasons that a machine can carry those of all steps."""
    kept = tuple(shortened(each, _LONGEST_REASON) for each in reasons[:_MOST_REASONS])
    more = len(reasons) - len(kept)
    return (*kept, f"and {more} more") if more else kept


def compared(comparison: Comparison, settings: JudgeSettings) -> str:
    """Return what was counted of both versions, and what follows from it.

    "12 of 240 requests failed, 3 of 2,160 on the stable version: worse by at least 2.1 points, and 2 are tolerated".
    """
    total = comparison.total
    what = "failed" if comparison.stream == "failed" else f"took longer than {settings.slow_after_ms:,} ms"
    counted = f"{total.canary_failed:,} of {total.canary:,} requests {what}"
    beside = f"{total.stable_failed:,} of {total.stable:,} on the stable version"
    tolerated = settings.tolerated_error_rate_increase
    verb = "is" if tolerated == 1 else "are"
    return f"{counted}, {beside}: {_bounds(comparison)}, and {tolerated:g} {verb} tolerated"


def _bounds(comparison: Comparison) -> str:
    least = math.floor(1_000 * comparison.at_least) / 10
    if comparison.is_worse:
        return f"worse by at least {_points(least)}"
    if comparison.at_most is None:
        return "too few to say how much worse" if not least else f"worse by at least {_points(least)}, maybe by more"
    most = math.ceil(1_000 * comparison.at_most) / 10
    if comparison.is_not_worse or not least:
        return f"worse by at most {_points(most)}"
    return f"worse by {least:g} to {_points(most)}"


def _points(number: float) -> str:
    return f"{number:g} point" if number == 1 else f"{number:g} points"


def what_would_help(comparison: Comparison) -> Iterator[str]:
    """Return what would decide a comparison that has shown nothing."""
    if comparison.is_worse or comparison.is_not_worse or not (comparison.total.canary or comparison.total.stable):
        return
    if not comparison.total.stable:
        yield "the stable version had no requests to compare with: a smaller weight would help"
    elif not comparison.total.canary:
        yield "the new version had no requests: a greater weight would help, or more requests to the service"
    elif comparison.missing is None:
        yield "the difference is so close to what is tolerated that no number of requests decides soon"
    elif comparison.missing:
        requests = f"{comparison.missing:,} more requests" if comparison.missing > 1 else "one more request"
        yield f"about {requests} of the new version would decide, if it goes on like this"


def seen_too_little(requests: int, minutes: int, settings: JudgeSettings) -> Iterator[str]:
    """Return which of the manifest's minimums were not reached."""
    if requests < settings.minimum_requests:
        yield f"the new version had {requests:,} of at least {settings.minimum_requests:,} requests"
    if minutes < settings.minimum_minutes:
        yield f"it had requests in {minutes:,} of at least {settings.minimum_minutes:,} minutes"
