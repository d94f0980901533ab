"""OnAlarm: ends the bakes that watch an alarm as soon as it changes to ALARM. Invoked by EventBridge."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from gantry.handlers import entry
from gantry.observability import logger
from gantry.promotion.judge.alarm_facts import AlarmChange
from gantry.use_cases.end_bakes import EndedBakes, end_bakes


class AlarmState(BaseModel):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html ."""

    value: Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
    reason: str = ""
    timestamp: str = ""


class AlarmDetail(BaseModel):
    """The part of the event's detail that matters here."""

    name: str = Field(alias="alarmName")
    state: AlarmState
    previous_state: AlarmState | None = Field(default=None, alias="previousState")


class AlarmEvent(BaseModel):
    """An event `CloudWatch Alarm State Change`, forwarded from the account in which the alarm is."""

    account: str
    region: str
    detail: AlarmDetail

    @property
    def is_change_to_alarm(self) -> bool:
        """Whether the alarm has just begun to fire."""
        before = self.detail.previous_state
        return self.detail.state.value == "ALARM" and (before is None or before.value != "ALARM")


entry.at_start(lambda services: (services.bakes, services.executions), AlarmEvent)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return how many bakes were `ended`. Only a change to ALARM counts."""
    alarm = entry.parse(AlarmEvent, event)
    if not alarm.is_change_to_alarm:
        return entry.payload(EndedBakes(0))
    change = AlarmChange(alarm.detail.name, alarm.detail.state.timestamp, alarm.detail.state.reason)
    return entry.payload(end_bakes(alarm.account, alarm.region, change, entry.services()))
