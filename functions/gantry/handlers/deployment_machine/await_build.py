"""AwaitBuild: looks once whether the build that checks a revision has ended."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.await_build import BuildRequest, await_build


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the check's `status` and its `reason`.

    Raises:
        CheckPendingError: the build goes on. The definition looks again.
        TargetAccessError: the workload account refuses the pipeline.
    """
    return entry.payload(await_build(entry.parse(BuildRequest, event), entry.services()))
