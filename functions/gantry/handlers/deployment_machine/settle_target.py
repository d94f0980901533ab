"""SettleTarget: looks once whether the prepared revision can take traffic, and whether it holds the release."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.settle_target import SettleRequest, settle_target


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the revision's `configuration` as people may see it.

    Raises:
        TargetPendingError: the revision is not ready yet. The definition looks again.
        TargetFailedError: it never will be ready.
        RevisionMismatchError: it holds something else than the release.
        DraftChangedError: it has something that its approvers did not see.
        IncompatibleTargetError: it is of a sort that the kind cannot read.
    """
    return entry.payload(settle_target(entry.parse(SettleRequest, event), entry.services()))
