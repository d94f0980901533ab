"""The task definitions of a service as revisions: what they run, and whether they can take traffic."""

from collections.abc import Callable

from gantry.promotion.difference import MaskedSettings
from gantry.promotion.errors import TargetFailedError, TargetNotFoundError
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.service import EcsService
from gantry.targets.ecs_service.service_state import ServiceState
from gantry.targets.ecs_service.task_definition import TaskDefinition, is_revision
from gantry.targets.readiness import Readiness, RevisionState


class TaskRevisions:
    """The answers of the port about revisions. `service` returns the service of a target."""

    def __init__(self, service: Callable[[Target], EcsService]) -> None:
        self._service = service

    def state(self, target: Target, revision: str) -> RevisionState | None:
        """Return whether tasks can start with a task definition, and what it runs; None when there is none."""
        found = self._service(target).task_definition(revision)
        if found is None:
            return None
        digest = self._digest(target, found)
        if found.is_active:
            return RevisionState(Readiness.READY, digest, "", needs_image=True)
        reason = f"the task definition {revision} is {found.status}: somebody has deregistered it"
        return RevisionState(Readiness.BROKEN, digest, reason, needs_image=True)

    def require_ready(self, target: Target, revision: str) -> None:
        """Return quietly when tasks can start with a task definition: they can as soon as it is registered.

        Raises:
            TargetNotFoundError: there is none.
            TargetFailedError: somebody has deregistered it.
        """
        found = self.state(target, revision)
        if found is None:
            raise TargetNotFoundError(f"{target.id}: there is no task definition {revision}")
        if found.readiness is Readiness.BROKEN:
            raise TargetFailedError(f"{target.id}: {found.reason}")

    def digest(self, target: Target, revision: str) -> str | None:
        """Return the digest of the image that a task definition runs; None when there is none.

        Where it names no digest, it is the one that ECS has found for the tag, or the image as it is written.
        """
        found = self._service(target).task_definition(revision)
        return None if found is None else self._digest(target, found)

    def settings(self, target: Target, revision: str, masking: Masking) -> MaskedSettings | None:
        """Return what a task definition has; None when there is none."""
        found = self._service(target).task_definition(revision)
        return None if found is None else found.masked(EcsTarget.of(target).container, masking)

    def can_be_revision(self, name: str) -> bool:
        """Return whether it names one revision of a family. A family alone is whatever was registered last."""
        return is_revision(name)

    def revision_arn(self, target: Target, revision: str) -> str:
        """Return the ARN of the task definition, which other services may run as well."""
        return EcsTarget.of(target).task_definition_arn(revision)

    def _digest(self, target: Target, found: TaskDefinition) -> str:
        container = EcsTarget.of(target).container
        if digest := found.digest(container):
            return digest
        state = self._service(target).state()
        resolved = resolved_digest(state, found.revision, container) if state else None
        return resolved or found.image(container) or f"task definition {found.revision}"


def resolved_digest(state: ServiceState, revision: str, container: str) -> str | None:
    """Return the digest that ECS has found for the tag of a container's image; None where it has not."""
    images = [image for each in state.with_task_definition(revision) for image in each.get("containerImages") or ()]
    return next(
        (each["imageDigest"] for each in images if each["containerName"] == container and "imageDigest" in each), None
    )
