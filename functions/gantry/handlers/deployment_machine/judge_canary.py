"""JudgeCanary: the verdict on the canary at the end of a bake, kept in the ledger with its reasons and numbers."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.judge_canary import JudgeRequest, judge_canary


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the verdict when it is `healthy`; every other verdict raises, because the machine decides on it.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        CanaryUnhealthyError: the canary is worse than it may be.
        CanaryInconclusiveError: there is too little evidence; the bake is to be extended.
        CanaryWithoutEvidenceError: there is still too little after the extension.
    """
    return entry.payload(judge_canary(entry.parse(JudgeRequest, event), entry.services()))
