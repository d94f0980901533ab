"""The alarms of a target's account and region: their states, and which of them changed to ALARM."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gantry.promotion.errors import AlarmNotFoundError
from gantry.promotion.judge.alarm_facts import AlarmChange, AlarmFacts
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import AlarmTypeType

_KINDS: tuple["AlarmTypeType", ...] = ("MetricAlarm", "CompositeAlarm")
"""Without this, CloudWatch returns metric alarms only:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""


class Alarms:
    """The alarms of a target's account and region. The API takes at most 100 names at a time."""

    def __init__(self, cloudwatch: "CloudWatchClient", target: Target) -> None:
        self._cloudwatch = cloudwatch
        self._target = target

    def states(self, names: Sequence[str]) -> dict[str, str]:
        """Return the state of each alarm by its name: `OK`, `ALARM` or `INSUFFICIENT_DATA`.

        Raises:
            AlarmNotFoundError: some of the alarms do not exist here.
        """
        return {name: alarm["StateValue"] for name, alarm in self._describe(names).items()}

    def changes(self, names: Sequence[str], since: datetime) -> tuple[AlarmChange, ...]:
        """Return each alarm that changed to ALARM at `since` or later, even if it is back to OK by now.

        An alarm that was firing before, and still is, has not changed.

        Raises:
            AlarmNotFoundError: some of the alarms do not exist here.
        """
        return self.watch(names, since).changes

    def watch(self, names: Sequence[str], since: datetime) -> AlarmFacts:
        """Return which alarms changed to ALARM at `since` or later, and which ones can say nothing.

        Raises:
            AlarmNotFoundError: some of the alarms do not exist here.
        """
        changes: list[AlarmChange] = []
        unchanged: dict[str, list[str]] = {"OK": [], "ALARM": [], "INSUFFICIENT_DATA": []}
        for name, alarm in self._describe(names).items():
            if change := self._change(name, alarm, since):
                changes.append(change)
            else:
                unchanged[alarm["StateValue"]].append(name)
        return AlarmFacts(tuple(changes), tuple(unchanged["ALARM"]), tuple(unchanged["INSUFFICIENT_DATA"]))

    def _change(self, name: str, alarm: Mapping[str, Any], since: datetime) -> AlarmChange | None:
        """Return its change to ALARM. Only an alarm whose state has changed since then has a history to be read.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
        """
        transitioned = alarm.get("StateTransitionedTimestamp")
        if transitioned and transitioned < since:
            return None
        if transitioned and alarm["StateValue"] == "ALARM":
            return AlarmChange(name, iso(transitioned), alarm["StateReason"])
        return self._past_change(name, since)

    def _past_change(self, name: str, since: datetime) -> AlarmChange | None:
        pages = self._cloudwatch.get_paginator("describe_alarm_history").paginate(
            AlarmName=name,
            AlarmTypes=_KINDS,
            HistoryItemType="StateUpdate",
            StartDate=since,
            ScanBy="TimestampAscending",
        )
        for page in pages:
            for item in page["AlarmHistoryItems"]:
                data = json.loads(item["HistoryData"])
                if item["Timestamp"] >= since and _went_off(data):
                    return AlarmChange(name, iso(item["Timestamp"]), data["newState"].get("stateReason", ""))
        return None

    def _describe(self, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        if not names:
            return {}
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=names, AlarmTypes=_KINDS)
        found: dict[str, Mapping[str, Any]] = {
            alarm["AlarmName"]: alarm
            for page in pages
            for alarm in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ()))
        }
        if missing := [name for name in names if name not in found]:
            message = (
                f"{self._target.account}/{self._target.region} has no metric or composite alarm named "
                f"{', '.join(missing)}: create it there, or remove it from the manifest"
            )
            raise AlarmNotFoundError(message)
        return {name: found[name] for name in names}


def _went_off(data: Mapping[str, Any]) -> bool:
    new, old = data["newState"], data["oldState"]
    return bool(new["stateValue"] == "ALARM" and old["stateValue"] != "ALARM")
