"""AcquireLease: makes this deployment the only one that may change the target, as soon as it is its turn.

The task waits for its token, which is answered by whoever gives the lease back, or here when nobody has it.
"""

from datetime import datetime
from typing import Any

from gantry.aws.executions import Executions
from gantry.aws.leases import Leases
from gantry.aws.ledger import Ledger
from gantry.aws.quarantines import Quarantines
from gantry.aws.repairs import Repairs
from gantry.handlers.leasing import call_next
from gantry.handlers.observability import logger
from gantry.handlers.requests import DeploymentRequest, LambdaContext
from gantry.promotion.errors import DeploymentSupersededError, QuarantinedError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.timestamps import iso


class AcquireRequest(DeploymentRequest):
    """Adds the token of the task that waits, and when the execution was started."""

    task_token: str
    attempt: int
    started_at: datetime

    @property
    def contender(self) -> Contender:
        """This deployment, as one who wants to change the target."""
        release = self.deployment.release
        started_at = iso(self.deployment.promotion_started_at or self.started_at)
        return Contender(
            self.execution,
            release.service,
            self.deployment.environment,
            self.at,
            started_at,
            release,
            self.task_token,
            self.attempt,
        )


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Ask for the lease. The task is answered with its fencing number as `fence`, now or later.

    Raises:
        QuarantinedError: the digest was rolled back since the promotion began.
        DeploymentSupersededError: a newer release is live there.
        NotificationError: somebody whose waiting is over could not be told.
    """
    request = AcquireRequest.model_validate(event)
    contender, target = request.contender, request.deployment.target
    _refuse_quarantined(request)
    leases, executions = Leases.from_env(), Executions.from_env()
    lease = call_next(leases.change(target, lambda now: _joined(now, request, contender)), leases, executions)
    if any(each.owner == contender.owner for each in lease.waiting) and lease.holder:
        logger.info("waiting for the lease", target=target.id, holder=lease.holder.owner)
        if not executions.is_running(lease.holder.owner):
            Repairs.from_env().ask_for(target)
    return {}


def _refuse_quarantined(request: AcquireRequest) -> None:
    release = request.deployment.release
    if quarantine := Quarantines.from_env().get(release.service, release.image_digest):
        raise QuarantinedError(quarantine.explain())


def _joined(lease: Lease, request: AcquireRequest, contender: Contender) -> Lease:
    """What is live is looked at after the lease was read: a release that is recorded until this is written ends its
    lease with it, so that both are looked at again.
    """
    deployment, release = request.deployment, request.deployment.release
    live = Ledger.from_env().live_on(release.service, deployment.environment, deployment.target)
    if live and live.current.promotion_started_at and live.current.promotion_started_at > contender.started_at:
        message = (
            f"{release} was not deployed to {deployment.target.id}: {live.current}, whose promotion was started later, "
            "is live there. To have the older one all the same, start its promotion again by hand"
        )
        raise DeploymentSupersededError(message)
    return lease.joined(contender)
