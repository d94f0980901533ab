"""CheckDrift: once a day, all targets are compared with the ledger, and people hear what changed."""

from datetime import UTC, datetime
from typing import Any

from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.promotion.timestamps import iso
from gantry.use_cases.drift.check_drift import check_drift

_TO_ANSWER = 60.0
"""Seconds that are left for messages, events and the ledger."""


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return how many `targets` were looked at, and how many of them are `out_of_sync` or `unknown`.

    Raises:
        NotificationError: people or automation could not be told.
    """
    services, at = entry.services().only_reading(), iso(datetime.now(UTC))
    return entry.payload(check_drift(at, entry.seconds_left(context, _TO_ANSWER), services))
