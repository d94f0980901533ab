"""End the bakes that an alarm watches."""

from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.judge.alarm_facts import AlarmChange, describe
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class EndedBakes:
    """How many bakes an alarm ended."""

    ended: int


def end_bakes(account: str, region: str, change: AlarmChange, services: Services) -> EndedBakes:
    """End every bake that waits under an alarm which has changed to ALARM."""
    ended = 0
    for each in services.bakes.waiting(account, region, change.name):
        if services.executions.fail(each.task_token, "AlarmRaisedError", describe([change])[0]):
            ended += 1
            logger.warning("bake ended by an alarm", alarm=change.name, target=each.target_id)
        else:
            logger.info("safely ignored: that bake has ended already", alarm=change.name, target=each.target_id)
        services.bakes.forget(account, region, change.name, each)
    return EndedBakes(ended)
