"""The keys by which a manifest says how a canary is judged, at the top or in an environment."""

from typing import Annotated, get_args

from pydantic import Field

from gantry.promotion import durations
from gantry.promotion.judge.settings import MAX_BAKE, JudgeSettings, Mode, OnInconclusive
from gantry.promotion.manifest.collection_fields import ListField
from gantry.promotion.manifest.field_types import (
    BooleanField,
    ChoiceField,
    DurationField,
    IntegerField,
)
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.number_fields import PercentField
from gantry.promotion.manifest.query_keys import QueryKeys

LONGEST_WATCH = 12 * 3_600
"""Seconds that a rollout, or what comes after it, may be watched."""
_RATE = PercentField(0.01, 10)


class JudgeKeys(Keys):
    """How a canary is judged."""

    judge: Annotated[Mode, ChoiceField(get_args(Mode))] = Field(
        "decide",
        description="decide, the default: evidence and alarms decide. observe: alarms alone decide, and what the judge "
        "would have done is recorded.",
    )
    minimum_requests: Annotated[int, IntegerField(1, 1_000_000)] = Field(
        1, description="Requests to the new version, over the whole rollout, without which no step goes on."
    )
    minimum_minutes: Annotated[int, IntegerField(1, 240)] = Field(
        1,
        description="Minutes with requests to the new version without which no step goes on, because errors come "
        "together.",
    )
    tolerated_error_rate_increase: Annotated[float, PercentField(0.1, 50, "points")] = Field(
        2.0,
        description="Percentage points that the new version's rate of failed requests may be above the stable "
        "version's; 2 when not given.",
    )
    false_alarm_rate: Annotated[float, _RATE] = Field(
        1.0,
        description="How often, in per cent, a version at the tolerance may be rolled back; 1 when not given.",
    )
    missed_bad_rate: Annotated[float, _RATE] = Field(
        1.0,
        description="How often, in per cent, a version at the tolerance may be promoted; 1 when not given.",
    )
    slow_after_ms: Annotated[int, IntegerField(1, 900_000, "milliseconds")] | None = Field(
        None,
        description="Requests that take longer are judged like failed ones, in a comparison of their own. null is "
        "none.",
    )
    every_step: Annotated[bool, BooleanField()] = Field(
        False,
        description="Whether each step, and not only the last one, needs it shown that the new version is not worse; "
        "false when not given.",
    )
    advance_early: Annotated[bool, BooleanField()] = Field(
        False,
        description="Whether a step ends before its bake does once it is shown that the new version is not worse; "
        "false when not given.",
    )
    max_bake: Annotated[int, DurationField(60, LONGEST_WATCH, "2h")] = Field(
        MAX_BAKE,
        description="How long all steps together are watched at most while too little is known, 1m to 12h; 2h when not "
        "given.",
        json_schema_extra={"default": durations.text(MAX_BAKE)},
    )
    on_inconclusive: Annotated[OnInconclusive, ChoiceField(get_args(OnInconclusive))] | None = Field(
        None,
        description="What happens when too little is known and max_bake has ended: ask people, roll_back or promote. "
        "ask when not given where somebody approves, otherwise roll_back.",
    )
    queries: Annotated[list[QueryKeys], ListField("queries", maximum=10)] = Field(
        default_factory=list, description="Values of your own metrics that show harm, at most 10."
    )
    bake_after: Annotated[int, DurationField(60, LONGEST_WATCH, "1h")] | None = Field(
        None,
        description="How long the new version is watched once it has all traffic, 1m to 12h. null is not at all.",
    )

    def settings(self, *, asks_by_default: bool) -> JudgeSettings:
        """Return what they ask of the judge.

        Args:
            asks_by_default: whether there is somebody to be asked.
        """
        return JudgeSettings(
            mode=self.judge,
            minimum_requests=self.minimum_requests,
            minimum_minutes=self.minimum_minutes,
            tolerated_error_rate_increase=self.tolerated_error_rate_increase,
            false_alarm_rate=self.false_alarm_rate,
            missed_bad_rate=self.missed_bad_rate,
            slow_after_ms=self.slow_after_ms,
            every_step=self.every_step,
            advance_early=self.advance_early,
            max_bake_seconds=self.max_bake,
            on_inconclusive=self.on_inconclusive or ("ask" if asks_by_default else "roll_back"),
            queries=tuple(each.query() for each in self.queries),
            bake_after_seconds=self.bake_after or 0,
        )
