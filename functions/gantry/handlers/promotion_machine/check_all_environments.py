"""CheckAllEnvironments: finds what would surely stop the promotion later. Its role and its sessions only read."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.preflight.check_all_environments import AllEnvironments, check_all_environments

_TO_ANSWER, _LONGEST = 5, 25
"""Seconds: for the answer, and for the looks. Whoever pushed waits for neither."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return how many `looks` were taken, and what is `unknown` because it could not be looked at: it stops nothing.

    Raises:
        EnvironmentsNotReadyError: something would stop the promotion; the message has everything.
        ManifestError: the release's revision of the manifest was deleted, or this version of Gantry does not take it.
        PolicyError: the policy file is wrong.
    """
    services = entry.services().in_a_hurry().only_reading()
    seconds = min(entry.seconds_left(context, _TO_ANSWER), _LONGEST)
    return entry.payload(check_all_environments(entry.parse(AllEnvironments, event), seconds, services))
