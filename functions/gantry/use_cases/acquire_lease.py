"""Make a deployment the only one that may change its target, as soon as it is its turn."""

from dataclasses import dataclass
from datetime import datetime

from gantry.observability import logger
from gantry.promotion.deployment import Deployment, StateEntry
from gantry.promotion.errors import DeploymentSupersededError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.live import Live
from gantry.promotion.timestamps import iso
from gantry.use_cases.leasing import notify_waiting
from gantry.use_cases.policy import current_policy, require_bound, require_owner
from gantry.use_cases.quarantine import require_none
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class AcquireRequest(StateEntry):
    """A deployment that asks for the lease, with the token of the task that waits."""

    deployment: Deployment
    task_token: str
    attempt: int
    started_at: datetime
    """When the execution was started."""

    @property
    def contender(self) -> Contender:
        """This deployment, as one that wants to change the target."""
        deployment = self.deployment
        return Contender(
            owner=self.execution,
            service=deployment.release.service,
            environment=deployment.environment,
            since=self.at,
            started_at=iso(deployment.promotion_started_at or self.started_at),
            release=deployment.release,
            task_token=self.task_token,
            attempt=self.attempt,
        )


def acquire_lease(request: AcquireRequest, services: Services) -> None:
    """Join the line. The task is answered with the fencing number as `fence`, now or later.

    Raises:
        QuarantinedError: the digest was rolled back since the promotion began.
        PolicyError, PolicyViolationError, TargetOwnedError: the service may not deploy there. Where the target is the
            service's already, InspectTarget asks that.
        DeploymentSupersededError: a newer release is live there.
        NotificationError: an execution whose waiting has ended could not be notified.
    """
    contender, target = request.contender, request.deployment.target
    standing = services.standings.towards(target, request.deployment.release, request.deployment.environment)
    require_none(standing.quarantine)

    def joined_line(lease: Lease) -> Lease:
        _require_allowed(lease, request.deployment, services)
        live = standing.live if lease is standing.lease else _live_on(services, request.deployment)
        return _joined(lease, live, request.deployment, contender)

    joined = services.leases.change(target, joined_line, known=standing.lease)
    lease = notify_waiting(services, joined)
    if any(each.owner == contender.owner for each in lease.waiting) and lease.holder:
        logger.info("waiting for the lease", target=target.id, holder=lease.holder.owner)
        if not services.executions.is_running(lease.holder.owner):
            services.repairs.ask_for(target)


def _require_allowed(lease: Lease, deployment: Deployment, services: Services) -> None:
    """Return quietly when a service may join the line: there, its newer release would supersede another service's.

    The lease has its target as the one who joined first gave it; what it says beside the name is not this deployment's.
    """
    service = deployment.release.service
    if not lease.is_only_for(service):
        policy = current_policy(services)
        require_bound(policy, service, deployment.target, services)
        require_owner(policy, service, lease)


def _live_on(services: Services, deployment: Deployment) -> Live | None:
    return services.ledger.live_on(deployment.release.service, deployment.environment, deployment.target)


def _joined(lease: Lease, live: Live | None, deployment: Deployment, contender: Contender) -> Lease:
    """Compare with what is live, which is read with the lease or after it. A release that is recorded until this is
    written ends its lease with it, so that both are read again.
    """
    release, target = deployment.release, deployment.target
    if live and live.current.is_newer_than(release, contender.started_at):
        message = (
            f"{release} was not deployed to {target.id}: {live.current}, whose promotion was started later, is live "
            "there. To deploy the older one all the same, start its promotion again manually"
        )
        raise DeploymentSupersededError(message)
    return lease.joined(contender)
