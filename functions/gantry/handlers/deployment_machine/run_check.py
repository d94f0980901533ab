"""RunCheck: begins one check of a revision that has no traffic yet. Whoever decides it answers the task token."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.run_check import CheckRequest, run_check

_TO_ANSWER = 10.0
"""Seconds."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Invoke the revision, ask a team's function, or start a build or a task.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetAccessError: the workload account refuses the pipeline.
        CheckPendingError: there is no room for the check's task just now. The definition tries again.
    """
    run_check(entry.parse(CheckRequest, event), entry.seconds_left(context, _TO_ANSWER), entry.services())
    return {}
