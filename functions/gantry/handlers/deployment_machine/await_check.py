"""AwaitCheck: looks once whether the build or task that checks a revision has ended."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.await_check import AwaitedCheck, await_check


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the check's `status` and its `reason`.

    Raises:
        CheckPendingError: it goes on. The definition looks again.
        TargetAccessError: the workload account refuses the pipeline.
    """
    return entry.payload(await_check(entry.parse(AwaitedCheck, event), entry.services()))
