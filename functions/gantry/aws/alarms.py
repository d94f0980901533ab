"""The alarms of a target's account and region: their states, and which of them changed to ALARM."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.cloudwatch_errors import NO_TIME, why_unknown
from gantry.aws.deadline import Deadline
from gantry.promotion.errors import AlarmNotFoundError
from gantry.promotion.judge.alarm_facts import AlarmChange, AlarmFacts, describe_unknown
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import AlarmTypeType

_KINDS: tuple["AlarmTypeType", ...] = ("MetricAlarm", "CompositeAlarm")
"""Without this, CloudWatch returns metric alarms only:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""

_SECONDS = 8
"""After so long, no further alarm's history is asked for."""


class _HistoryUnknownError(Exception):
    """CloudWatch has not told what an alarm did. The message says why."""


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

    def watch(self, names: Sequence[str], since: datetime) -> AlarmFacts:
        """Return which alarms changed to ALARM at `since` or later, even if they are back to OK, and what is unknown.

        An alarm that was firing before, and still is, has not changed. A call that CloudWatch refuses is no error.

        Raises:
            AlarmNotFoundError: some of the alarms do not exist here.
        """
        deadline = Deadline.after(_SECONDS)
        try:
            described = self._describe(names)
        except (BotoCoreError, ClientError) as error:
            return AlarmFacts(unknown=(f"the alarms: {self._why_unknown(error, 'DescribeAlarms')}",))
        changes: list[AlarmChange] = []
        unchanged: dict[str, list[str]] = {"OK": [], "ALARM": [], "INSUFFICIENT_DATA": []}
        unknown: dict[str, list[str]] = {}
        for name, alarm in described.items():
            try:
                if change := self._change(name, alarm, since, deadline):
                    changes.append(change)
                else:
                    unchanged[alarm["StateValue"]].append(name)
            except _HistoryUnknownError as error:
                unknown.setdefault(str(error), []).append(name)
        firing, without_data = tuple(unchanged["ALARM"]), tuple(unchanged["INSUFFICIENT_DATA"])
        return AlarmFacts(tuple(changes), firing, without_data, describe_unknown(unknown))

    def _change(self, name: str, alarm: Mapping[str, Any], since: datetime, deadline: Deadline) -> AlarmChange | None:
        """Return its change to ALARM. Only an alarm whose state has changed since then has a history to be read.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
        """
        transitioned = alarm.get("StateTransitionedTimestamp")
        if transitioned and transitioned < since:
            return None
        if transitioned and alarm["StateValue"] == "ALARM":
            return AlarmChange(name, iso(transitioned), alarm["StateReason"])
        if not deadline.left():
            raise _HistoryUnknownError(NO_TIME)
        try:
            return self._past_change(name, since)
        except (BotoCoreError, ClientError) as error:
            raise _HistoryUnknownError(self._why_unknown(error, "DescribeAlarmHistory")) from error

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

    def _why_unknown(self, error: BotoCoreError | ClientError, operation: str) -> str:
        place = f"{self._target.account}/{self._target.region}"
        return why_unknown(error, place, "alarms", f"cloudwatch:{operation}")


def _went_off(data: Mapping[str, Any]) -> bool:
    new, old = data["newState"], data["oldState"]
    return bool(new["stateValue"] == "ALARM" and old["stateValue"] != "ALARM")
