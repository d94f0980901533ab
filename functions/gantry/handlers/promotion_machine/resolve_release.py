"""ResolveRelease: decides whether an input names a release, which artifact and configuration it is, and whose."""

from typing import Any

from gantry.handlers import entry
from gantry.handlers.promotion_input import promotion_request
from gantry.observability import logger
from gantry.promotion.deployment import StateEntry
from gantry.use_cases.promotion_request import ResolveRequest
from gantry.use_cases.resolve_release import resolve_release
from gantry.use_cases.start_promotion import recorded_request


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the outcome `promote` with the release, its origin and the names of its environments, or `ignored`.

    Where it is ignored, the `reason` says why.

    Raises:
        InvalidRequestError: a person's input is wrong.
        PolicyError, PolicyViolationError: the administrators do not allow the promotion.
        ManifestError: the manifest is wrong, or missing where a person starts the promotion.
        ArtifactTypeError: a person names something that cannot run.
        ArtifactNotFoundError, ArtifactArchitectureError: no artifact can run on the service's targets.
    """
    state, services = entry.parse(StateEntry, event), entry.services()
    promotion = recorded_request(state, services) or promotion_request(event["event"])
    return entry.payload(resolve_release(ResolveRequest(state.execution, state.entered_at, promotion), services))
