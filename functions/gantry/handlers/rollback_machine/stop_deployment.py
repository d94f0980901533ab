"""StopDeployment: stops the deployments that held the lease of a restored target."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.rollback.stop_deployment import StopRequest, stop_deployment

entry.at_start(lambda services: services.executions, StopRequest)


@logger.inject_lambda_context
@entry.rehearsed
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the executions that were `stopped`. One that has ended by now is among them."""
    return entry.payload(stop_deployment(entry.parse(StopRequest, event), entry.services()))
