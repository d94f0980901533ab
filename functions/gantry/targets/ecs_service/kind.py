"""The kind `ecs`, as the port asks for it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.errors import IncompatibleTargetError, TargetNotFoundError, TargetSlowError
from gantry.promotion.judge.evidence import EvidenceRequest, TargetEvidence
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.capabilities import Capabilities
from gantry.targets.ecs_service.capabilities import CAPABILITIES
from gantry.targets.ecs_service.confirmation import confirmed
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.evidence import TargetGroupEvidence
from gantry.targets.ecs_service.inspection import Inspector
from gantry.targets.ecs_service.one_off_tasks import OneOffTasks
from gantry.targets.ecs_service.preparation import Preparation
from gantry.targets.ecs_service.run_task_revisions import RunTaskRevisions
from gantry.targets.ecs_service.service import EcsService
from gantry.targets.ecs_service.service_traffic import ServiceTraffic
from gantry.targets.ecs_service.task_definitions import TaskDefinitions
from gantry.targets.ecs_service.task_role import task_role
from gantry.targets.ecs_service.wanted_revision import WantedRevision
from gantry.targets.findings import Inspection, Prepared
from gantry.targets.kind import Change, Token
from gantry.targets.still_kind import StillKind

_MISSING = (
    "there is no such service. Create it, with the cluster and the container of the manifest; a release only deploys "
    "to it"
)


class EcsServiceKind(RunTaskRevisions, StillKind):
    """One ECS service, and the container in its tasks that gets the image."""

    def __init__(  # noqa: PLR0913, PLR0917 -- each reaches another part of the account
        self,
        service: Callable[[Target], EcsService],
        definitions: Callable[[Target], TaskDefinitions],
        inspector: Callable[[Target], Inspector],
        evidence: Callable[[Target], TargetGroupEvidence],
        tasks: Callable[[Target], OneOffTasks],
        image: Callable[[Deployment], str],
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(service, tasks)
        self._definitions = definitions
        self._inspector = inspector
        self._evidence = evidence
        self._image = image
        self._now = now

    @property
    def capabilities(self) -> Capabilities:
        """What this kind can do."""
        return CAPABILITIES

    def inspect(self, deployment: Deployment, masking: Masking) -> Inspection:
        """Look at the service, at its live task definition, and at what sends it requests."""
        del masking
        target = deployment.target
        found = self._service(target).state()
        if found is None:
            raise TargetNotFoundError(f"{target.id}: {_MISSING}")
        if found.in_flight:
            message = f"another deployment of the service has not ended, and comes first: {found.in_flight.arn}"
            raise TargetSlowError(f"{target.id}: {message}")
        self._inspector(target).require_compatible(deployment, found)
        return Inspection(found.routing, StableRevision(found.live, self.digest(target, found.live) or ""))

    def require_takes(self, target: Target, configuration: Mapping[str, Any], artifact: ArtifactKind) -> None:
        """Look whether there is a service that can take any release. What is in flight may have ended by then."""
        del artifact
        found = self._service(target).state()
        if found is None:
            raise IncompatibleTargetError(f"{target.id}: {_MISSING}")
        self._inspector(target).require_takes(target, configuration, found)

    def draft(self, target: Target, configuration: Mapping[str, Any], masking: Masking) -> MaskedSettings:
        """Return nothing: what a release does not set is as in the live task definition, which nobody can edit."""
        del target, configuration, masking
        return {}

    def reading_role(self, target: Target) -> str | None:
        """Return the task role. A release keeps that of the live task definition."""
        service = self._service(target)
        found = service.state()
        live = service.task_definition(found.live) if found else None
        return task_role(EcsTarget.of(target), found.service, live) if found and live else None

    def draft_to_lock(self, target: Target) -> str | None:
        """Return None: a task definition is registered as a whole, in one call."""
        return None

    def prepare(
        self, deployment: Deployment, stable: StableRevision | None, hold: Callable[[], object], *, is_retry: bool
    ) -> Prepared:
        """Register a task definition, or find it by its tag. A task definition that ECS took back is not used again.

        Then whatever ECS says of the one that is used, it says of this deployment.
        """
        del hold, is_retry
        definitions, wanted = self._definitions(deployment.target), WantedRevision(deployment, self._image(deployment))
        found = self._service(deployment.target).state()
        newest = found.deployment if found else None
        spent = frozenset({newest.target}) if newest and newest.has_turned else frozenset[str]()
        return Preparation(definitions, wanted, spent).advance(stable)

    def is_settled(self, target: Target, change: Change) -> bool:
        """Look whether tasks can start with a task definition, and how far ECS has moved the traffic."""
        if change.revision is not None:
            self.require_ready(target, change.revision)
        return change.routing is None or self._traffic(target).has_arrived(change.routing)

    def confirm(
        self,
        deployment: Deployment,
        revision: str,
        stable: StableRevision | None,
        masking: Masking,
        *,
        is_new: bool = False,
    ) -> MaskedSettings:
        """Read a task definition back, and compare all of it."""
        definitions, wanted = self._definitions(deployment.target), WantedRevision(deployment, self._image(deployment))
        found = confirmed(definitions, wanted, revision, stable, is_new=is_new)
        return found.masked(EcsTarget.of(deployment.target).container, masking)

    def routing(self, target: Target) -> tuple[Routing, Token] | None:
        """Return where ECS sends the traffic, with a hash of what others change."""
        found = self._service(target).state()
        return (found.routing, found.token) if found else None

    def is_moving(self, target: Target) -> bool:
        """Return whether ECS goes back, or where others have sent it."""
        return self._traffic(target).is_moving()

    def route(
        self,
        target: Target,
        wanted: Routing,
        expected: Token | None,
        *,
        deployment: Deployment | None = None,
        was_split_by_us: bool = False,
    ) -> bool:
        """Do the next thing: begin a rollout, let ECS go on, stop it, or send all traffic back. ECS needs minutes."""
        del was_split_by_us
        if expected is None:
            raise TargetNotFoundError(f"{target.id}: there is no such service, and Gantry creates none")
        self._traffic(target).route(wanted, expected, deployment)
        return False

    def finish(self, target: Target, revision: str) -> bool:
        """Let ECS end the rollout, and the old tasks with it."""
        return self._traffic(target).finish(revision)

    def rehearse(self, target: Target, revision: str) -> None:
        """Ask for the right to update the service."""
        self._service(target).may_be_updated(revision.rpartition(":")[0])

    def requests_per_second(self, target: Target, since: datetime, until: datetime) -> float | None:
        """Return what came to the service, whichever tasks served it."""
        return self._evidence(target).requests_per_second(since, until)

    def evidence(self, target: Target, request: EvidenceRequest) -> TargetEvidence:
        """Return what the load balancer says of each revision's target group."""
        return self._evidence(target).collect(request)

    def _traffic(self, target: Target) -> ServiceTraffic:
        return ServiceTraffic(self._service(target), target.id, self._now)
