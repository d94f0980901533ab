"""PrepareRevision: makes configuration and artifact one immutable revision, which no traffic reaches yet."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.prepare_revision import PrepareRequest, prepare_revision


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the `revision` and its `outcome`: `published`, `unchanged` or `created`.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetConflictError: somebody else changed the target at the same moment.
        TargetPendingError: a change on the way to the revision has begun. Another try goes on from there.
        TargetFailedError: a change failed for good.
    """
    return entry.payload(prepare_revision(entry.parse(PrepareRequest, event), entry.services()))
