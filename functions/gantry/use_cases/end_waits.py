"""End the waits for a target, because its service says that something has happened there."""

from dataclasses import dataclass

from gantry.observability import logger
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class EndedWaits:
    """How many waits an event ended."""

    ended: int


def end_waits(arn: str, services: Services) -> EndedWaits:
    """End every wait for the target that has this ARN. What has happened is for the next state to find out.

    So a wait never fails here, however bad the news: an event may be late, or about what somebody else did.
    """
    ended = 0
    for each in services.bakes.hearing(arn):
        if services.executions.succeed(each.task_token, {}):
            ended += 1
            logger.info("wait ended by an event", target=each.target_id)
        else:
            logger.info("safely ignored: that wait has ended already", target=each.target_id)
        services.bakes.forget_hearing(arn, each)
    return EndedWaits(ended)
