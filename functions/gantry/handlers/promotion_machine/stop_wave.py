"""StopWave: stops what is left of a wave in which a deployment has failed, and says what failed."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.stop_wave import FailedWave, stop_wave


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the `error` and `message` of what failed, what was `stopped`, and the targets to `roll_back`."""
    return entry.payload(stop_wave(entry.parse(FailedWave, event), entry.services()))
