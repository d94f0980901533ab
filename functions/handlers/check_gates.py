"""CheckGates: may automation bring this release to this environment, and what is live there now."""

from typing import Any

from aws.ledger import Ledger
from aws.quarantines import Quarantines
from handlers.observability import logger
from handlers.requests import LambdaContext, StateRequest
from promotion.errors import QuarantinedError
from promotion.release import Release


class GateRequest(StateRequest):
    """The state's payload."""

    release: Release
    environment: str


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer what is `live`, in words for the people who are asked; None when nothing is.

    Raises:
        QuarantinedError: the digest was rolled back somewhere and nobody has released it since.
    """
    request = GateRequest.model_validate(event)
    release = request.release
    if quarantine := Quarantines.from_env().get(release.service, release.image_digest):
        raise QuarantinedError(quarantine.explain())
    lives = Ledger.from_env().live(release.service, request.environment)
    told = [f"{live.current} since {live.current.since} on {live.target.id}" for live in lives]
    logger.info("gates are open", environment=request.environment, live=told)
    return {"live": "; ".join(told) or None}
