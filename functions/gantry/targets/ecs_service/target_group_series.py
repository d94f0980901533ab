"""The evidence about a service's revisions in CloudWatch's series of their target groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gantry.promotion.judge.evidence import RevisionMinute
from gantry.targets.ecs_service.target_group_queries import ANSWERS, COUNTS, MILLISECONDS, RESPONSE_TIME
from gantry.targets.rollout_queries import CANARY
from gantry.targets.rollout_series import NOTHING_KNOWN, RolloutSeries


@dataclass(frozen=True, slots=True)
class TargetGroupSeries(RolloutSeries):
    """What was asked about target groups, and what CloudWatch answered."""

    metrics: ClassVar[Mapping[str, str]] = COUNTS | {"timed": RESPONSE_TIME, "slow": "slow requests"}
    noun: ClassVar[str] = "task definition"
    milliseconds: ClassVar[int] = MILLISECONDS

    def counted(self, role: str, at: datetime) -> RevisionMinute:
        """Return what one revision did in a minute.

        A request counts once a task was chosen for it. If that task closes the connection or never answers, the load
        balancer answers 502 or 504 itself, and counts that for no target group. So what no task has answered counts as
        failed: https://github.com/cloudposse/terraform-aws-alb-target-group-cloudwatch-sns-alarms/pull/13

        A minute without requests is unknown. One with requests and without a number of answers has none of these.
        """
        found = [self.series.get(f"{role}_{end}") for end in COUNTS]
        if any(each is None or each.trouble for each in found):
            return NOTHING_KNOWN
        values = {end: each.values.get(at) for end, each in zip(COUNTS, found, strict=True) if each}
        answered, broken = sum(values[end] or 0.0 for end in ANSWERS), values["5xx"] or 0.0
        requests = values["requests"] or 0.0
        failed = broken + max(requests - answered, values["unreached"] or 0.0, 0.0)
        if role == CANARY:  # what is counted only in part counts against the canary
            requests = max(requests, failed)
        if values["requests"] is None and not requests:
            return NOTHING_KNOWN
        return RevisionMinute(requests, min(failed, requests), self.slow(role, at, answered or None))
