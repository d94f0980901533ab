"""What is kept of each service beside the library's record: its revisions' tasks and traffic, and its deployments."""

import threading
from dataclasses import dataclass, field
from typing import Final

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import ecs

from sandbox.stand_in.repairs.ecs.refusals import RefusedError
from sandbox.stand_in.repairs.replacing import Json

LOCK: Final = threading.RLock()
"""Held for every change of a service, so that an answer shows one moment."""
IN_FLIGHT: Final = frozenset({"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
_SHORTEST_MOMENT = 0.15
_states = AccountRegionScopedDict()
"""By the service's ARN."""


@dataclass(slots=True)
class Share:
    """What one revision has of its service: tasks, and production traffic in per cent."""

    running: int = 0
    pending: int = 0
    weight: float = 0.0


@dataclass(slots=True)
class Behaviour:
    """What a test lets the deployments of one service do. See `sandbox.stand_in.ecs_faults`."""

    ignores_pauses: bool = False
    pauses_once: bool = False
    never_starts: bool = False
    cannot_go_back: bool = False
    shift_seconds: float | None = None
    back_seconds: float | None = None


@dataclass(slots=True)
class Rollout:
    """A service deployment, and what somebody has asked of it."""

    service: Json
    state: "ServiceState"
    record: Json
    """As DescribeServiceDeployments shows it."""
    entry: Json
    """As the service's `deployments` show it."""
    minute: float
    """How many seconds a minute of ECS takes."""
    before: "Rollout | None" = None
    """The deployment that has to end before this one begins."""
    asked: str | None = None
    """ROLLBACK, STOP or DELETE."""
    ignored_alarms: frozenset[str] = frozenset()
    stage: str = ""
    """The stage that it is in, also where the record does not show it."""
    paused_at: set[str] = field(default_factory=set)

    @property
    def arn(self) -> str:
        """The deployment's ARN."""
        return str(self.record["serviceDeploymentArn"])

    @property
    def target(self) -> str:
        """The ARN of the revision that it brings."""
        return str(self.record["targetServiceRevision"]["arn"])

    @property
    def moment(self) -> float:
        """How many seconds what ECS does itself takes: starting tasks, moving traffic. On AWS it takes minutes."""
        return max(_SHORTEST_MOMENT, self.minute / 8)

    @property
    def in_flight(self) -> bool:
        """Whether it has not ended."""
        return self.record["status"] in IN_FLIGHT


@dataclass(slots=True)
class ServiceState:
    """One service."""

    live: str | None = None
    """The revision of the last deployment that succeeded."""
    shares: dict[str, Share] = field(default_factory=dict)
    """By the revision's ARN."""
    rollouts: dict[str, Rollout] = field(default_factory=dict)
    """By the deployment's ARN, oldest first."""
    behaviour: Behaviour = field(default_factory=Behaviour)

    def share(self, revision: str) -> Share:
        """Return what a revision has."""
        return self.shares.setdefault(revision, Share())

    def newest(self) -> Rollout | None:
        """Return the newest deployment."""
        return next(reversed(self.rollouts.values()), None)


def state_of(service_arn: str) -> ServiceState:
    """Return the state of a service of the current account and region."""
    state: ServiceState = _states.setdefault(service_arn, ServiceState())
    return state


def all_states() -> dict[str, ServiceState]:
    """Return the services of the current account and region by their ARN."""
    return dict(_states.items())


def forget(service_arn: str) -> None:
    """Drop a service with its deployments."""
    for rollout in _states.pop(service_arn, ServiceState()).rollouts.values():
        rollout.asked = "DELETE"


def rollout_of(arn: str) -> Rollout:
    """Return a deployment. Raises RefusedError if there is none."""
    for state in all_states().values():
        if arn in state.rollouts:
            return state.rollouts[arn]
    raise RefusedError("ServiceDeploymentNotFoundException", f"Service deployment not found: {arn}")


def service_of(data: Json, key: str = "service") -> Json:
    """Return the library's record of the service that a call names. Raises RefusedError."""
    cluster = ecs._resolve_cluster_name(data.get("cluster") or "default")
    if cluster not in ecs._clusters:
        raise RefusedError("ClusterNotFoundException", "Cluster not found.")
    name = ecs._resolve_service_ref(data.get(key) or "")
    service: Json | None = ecs._services.get(f"{cluster}/{name[0]}") if name else None
    if service is None or name[1] not in {None, cluster}:
        raise RefusedError("ServiceNotFoundException", "Service not found.")
    return service
