"""CheckGates: decides whether automation may bring this release to this environment, and reads the environment."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.check_gates import GateRequest, check_gates


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the `environment`; and for the people who approve, the alarms that are `firing` already and the `drafts`.

    And the regions `elsewhere` that its artifact must be in, and in which `waves` the targets get it.

    Raises:
        QuarantinedError: the digest was rolled back somewhere, and nobody has released it since.
        ManifestError: the release's revision of the manifest was deleted, or this version of Gantry does not take it.
        AlarmNotFoundError, TargetAccessError: the deployment could not work, so that nobody should be asked about it.
    """
    return entry.payload(check_gates(entry.parse(GateRequest, event), entry.services()))
