"""The evidence about versions in CloudWatch's series."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gantry.promotion.judge.evidence import RevisionMinute
from gantry.targets.lambda_alias.metric_queries import COUNTS
from gantry.targets.rollout_series import NOTHING_KNOWN, RolloutSeries


@dataclass(frozen=True, slots=True)
class VersionSeries(RolloutSeries):
    """What was asked about versions, and what CloudWatch answered."""

    metrics: ClassVar[Mapping[str, str]] = COUNTS | {"timed": "Duration", "slow": "slow requests"}
    noun: ClassVar[str] = "version"

    def counted(self, role: str, at: datetime) -> RevisionMinute:
        """Return what one version did in a minute.

        Lambda gives Errors and Throttles, which may be 0, with every invocation. So an invocation without Errors is a
        gap. What Lambda throttled did not run, and has no other metric; a minute may have nothing but that.
        """
        if role not in self.queries.revisions or any(self.series[f"{role}_{end}"].trouble for end in COUNTS):
            return NOTHING_KNOWN
        invocations, errors, throttles = (self.series[f"{role}_{end}"].values.get(at) for end in COUNTS)
        if invocations is None and not throttles:
            return NOTHING_KNOWN
        refused = throttles or 0.0
        failed = 0.0 if invocations is None else errors
        return RevisionMinute(
            requests=(invocations or 0.0) + refused,
            failed=None if failed is None else failed + refused,
            slow=self.slow(role, at, invocations),
        )
