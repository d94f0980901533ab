"""The statistics of one period: the basic ones, percentiles, and counts of values within absolute bounds.

A trimmed count `TC(a:b)` is the number of values above `a` and up to `b`; either bound may be left out.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
AWS says neither whether it interpolates such a count, nor whether it gives 0 or nothing for no value within the bounds.
Here it counts exactly, and gives 0 where the period has data. AWS has more statistics than these.
"""

import math
import re
from collections.abc import Sequence

from ministack.services import cloudwatch

from sandbox.stand_in.repairs.cloudwatch.metric_math import Value
from sandbox.stand_in.repairs.replacing import Json

_BASIC = frozenset({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,10})?|100)")
_TRIMMED_COUNT = re.compile(r"TC\((\d+(?:\.\d+)?)?:(\d+(?:\.\d+)?)?\)")


def is_known(statistic: str) -> bool:
    """Whether `value_of` can compute it."""
    bounds = _TRIMMED_COUNT.fullmatch(statistic)
    return bool(statistic in _BASIC or _PERCENTILE.fullmatch(statistic) or (bounds and any(bounds.groups())))


def value_of(points: Sequence[Json], statistic: str) -> Value:
    """Return a statistic of a period's points; None without data."""
    if not points:
        return None
    if bounds := _TRIMMED_COUNT.fullmatch(statistic):
        low, high = float(bounds[1] or -math.inf), float(bounds[2] or math.inf)
        samples = cloudwatch._percentile_samples(points)
        return None if samples is None else sum((times for value, times in samples if low < value <= high), start=0.0)
    value = cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)
    return None if value is None else float(value)
