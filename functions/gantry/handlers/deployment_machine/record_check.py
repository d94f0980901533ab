"""RecordCheck: what came of a check, kept in the ledger with its reason."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.record_check import EndedCheck, record_check


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the check when it has passed; everything else raises, because the machine decides on it.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        CheckFailedError: the revision is not good.
        CheckUnavailableError: nobody knows whether it is.
    """
    return entry.payload(record_check(entry.parse(EndedCheck, event), entry.services()))
