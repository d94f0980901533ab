"""AwaitInfrastructure: decides whether what a release needs is there in the environment that it comes to."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.needs.await_infrastructure import InfrastructureRequest, await_infrastructure

_TO_ANSWER = 15
"""Seconds: for the ledger, and to tell people."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the `infrastructure` that is there. Entered only where the manifest says `needs`.

    Raises:
        NeedsUnmetError: something is not there yet. The definition looks again.
        NeedsTimedOutError: it did not come in the manifest's time; the message says what, and whom to ask.
        QuarantinedError: the digest was rolled back while the release waited.
        DeploymentSupersededError: a newer release has come there.
        ManifestError: the release's revision of the manifest was deleted, or this version of Gantry does not take it.
        TargetAccessError: a workload account does not let the pipeline in.
    """
    services = entry.services().in_a_hurry().only_reading()
    seconds = entry.seconds_left(context, _TO_ANSWER)
    return entry.payload(await_infrastructure(entry.parse(InfrastructureRequest, event), seconds, services))
