"""JudgeCanary: looks at the canary, says what becomes of its step, and keeps the verdict that ends it."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.canary_course import JudgeRequest
from gantry.use_cases.judge_canary import judge_canary

_TO_ANSWER = 5.0
"""Seconds."""

entry.at_start(
    lambda services: (services.in_a_hurry().expect_targets("lambda", "cloudwatch"), services.leases, services.ledger),
    JudgeRequest,
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the verdict, with whether the step is done or after how many seconds to look again.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetChangedError, TargetFailedError, AlarmRaisedError: a service that takes the steps itself took another one.
        CanaryAbortedError: somebody has taken it back.
        CanaryUnhealthyError: the canary is shown to be worse than it may be.
        CanaryInconclusiveError: too little is known, the time has ended, and nobody is to be asked.
    """
    seconds = entry.seconds_left(context, _TO_ANSWER)
    return entry.payload(judge_canary(entry.parse(JudgeRequest, event), seconds, entry.services().in_a_hurry()))
