"""AskAboutCanary: asks people about a canary of which too little is known, and follows that question up."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.use_cases.approvals.canary_asking import CanaryQuestionRequest, ask_about_canary


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the question's `approval_id`, its `decision`, null while there is none, and the `seconds` to wait.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        CanaryInconclusiveError: the canary is to be rolled back: people want that, or nobody can or did answer in time.
    """
    return entry.payload(ask_about_canary(entry.parse(CanaryQuestionRequest, event), entry.services()))
