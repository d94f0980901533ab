"""AcquireLease: makes this deployment the only one that may change the target, or refuses with who may."""

from typing import Any

from aws.announcements import EventBus
from aws.executions import Executions
from aws.leases import Leases
from aws.quarantines import Quarantines
from handlers.observability import logger
from handlers.requests import DeploymentRequest, LambdaContext
from promotion.errors import LeaseHeldError, QuarantinedError
from promotion.lease import Lease


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer with an empty dictionary once the lease is held.

    Raises:
        QuarantinedError: the digest was rolled back since the promotion began.
        LeaseHeldError: another deployment is changing the target.
    """
    request = DeploymentRequest.model_validate(event)
    deployment, release = request.deployment, request.deployment.release
    if quarantine := Quarantines.from_env().get(release.service, release.image_digest):
        raise QuarantinedError(quarantine.explain())
    lease = Lease(deployment.target.id, request.execution, deployment.environment, release, request.at)
    _acquire(lease, Leases.from_env(), Executions.from_env())
    EventBus.from_env().announce(
        "Promotion Deployment Started",
        {
            "service": release.service,
            "environment": deployment.environment,
            "target": deployment.target.id,
            "image_digest": release.image_digest,
            "tag": release.tag,
            "execution": request.execution,
        },
        [deployment.target.alias_arn],
    )
    return {}


def _acquire(lease: Lease, leases: Leases, executions: Executions) -> None:
    holder = leases.acquire(lease)
    if holder is None:
        return
    if not executions.is_running(holder.owner) and leases.take_over(lease, holder.owner):
        logger.warning("lease taken over from a deployment that is over", target=lease.target_id, before=holder.owner)
        return
    message = (
        f"{lease.target_id} is being changed by {holder.owner} since {holder.acquired_at}. Wait until it has ended, "
        "or end it with the rollback machine; then start the promotion again"
    )
    raise LeaseHeldError(message)
