"""Alarms report the changes of their state.

Restores: every change puts a `CloudWatch Alarm State Change` event on the account's default bus. The alarm says when it
was updated and when its state last changed, and the history has times in milliseconds. The creation of an alarm is a
`ConfigurationUpdate` in its history, not a `StateUpdate`.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html
"""

import datetime
import time

from ministack.services import cloudwatch

from sandbox.stand_in.repairs.aws_events import put_aws_event
from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Complete the history, and publish events."""
    put_in_front(cloudwatch, "_record_history", _record)
    put_in_front(cloudwatch, "_dispatch_alarm_actions", _put_event)


def _record(original: Original, alarm_name: str, old_state: str, new_state: str, *rest: object) -> None:
    original(alarm_name, old_state, new_state, *rest)
    now = time.time()
    item = cloudwatch._history_entries()[-1]
    item["Timestamp"] = round(now, 3)
    if old_state == new_state:
        item.update(HistoryItemType="ConfigurationUpdate", HistorySummary=f'Alarm "{alarm_name}" created')
    alarm = cloudwatch._alarms.get(alarm_name) or cloudwatch._composite_alarms.get(alarm_name)
    if alarm is not None:
        alarm.update(StateUpdatedTimestamp=now, StateTransitionedTimestamp=now)


def _put_event(original: Original, alarm: Json, old_state: str, new_state: str, reason: str) -> None:
    original(alarm, old_state, new_state, reason)
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": {"value": new_state, "reason": reason, "timestamp": now},
        "previousState": {"value": old_state},
        "configuration": {"description": alarm.get("AlarmDescription") or "", "metrics": _metrics(alarm)},
    }
    put_aws_event("aws.cloudwatch", "CloudWatch Alarm State Change", detail, alarm["AlarmArn"])


def _metrics(alarm: Json) -> list[Json]:
    if not alarm.get("MetricName"):
        return []
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    metric = {"namespace": alarm["Namespace"], "name": alarm["MetricName"], "dimensions": dimensions}
    stat = {"metric": metric, "period": alarm["Period"], "stat": alarm.get("Statistic") or "Average"}
    return [{"id": "metric", "metricStat": stat, "returnData": True}]
