"""OnAlarm: ends the bakes that watch an alarm as soon as it changes to ALARM. Invoked by EventBridge."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from gantry.aws.bakes import Bakes
from gantry.aws.executions import Executions
from gantry.handlers.observability import logger
from gantry.handlers.requests import LambdaContext
from gantry.promotion.verdict import AlarmChange, describe


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


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer how many bakes were ended. Only a change to ALARM counts."""
    alarm = AlarmEvent.model_validate(event)
    before = alarm.detail.previous_state
    if alarm.detail.state.value != "ALARM" or (before and before.value == "ALARM"):
        return {"ended": 0}
    change = AlarmChange(alarm.detail.name, alarm.detail.state.timestamp, alarm.detail.state.reason)
    bakes, executions = Bakes.from_env(), Executions.from_env()
    ended = 0
    for bake in bakes.waiting(alarm.account, alarm.region, alarm.detail.name):
        if executions.fail(bake.task_token, "AlarmRaisedError", describe([change])[0]):
            ended += 1
            logger.warning("bake ended by an alarm", alarm=change.name, alias=bake.target_id)
        else:
            logger.info("safely ignored: that bake is over already", alarm=change.name, alias=bake.target_id)
        bakes.forget(alarm.account, alarm.region, alarm.detail.name, bake)
    return {"ended": ended}
