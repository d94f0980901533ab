"""RehearseRollbacks: once a day, the functions that would roll a target back look whether they could."""

from datetime import UTC, datetime
from typing import Any

from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.promotion.timestamps import iso
from gantry.use_cases.rehearse_rollbacks import rehearse_rollbacks

_TO_ANSWER = 30.0
"""Seconds that are left for the message and the ledger."""


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return how many `environments` were looked at, and on how many targets there are `problems`.

    Raises:
        RehearsalError: a function of the emergency path failed.
        NotificationError: people could not be told.
    """
    at = iso(datetime.now(UTC))
    return entry.payload(rehearse_rollbacks(at, entry.seconds_left(context, _TO_ANSWER), entry.services()))
