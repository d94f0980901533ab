"""Looking at a service before anything is changed."""

from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import IncompatibleTargetError
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.listener import Listener
from gantry.targets.ecs_service.pauses import without_ours
from gantry.targets.ecs_service.prerequisites import foreign_pauses, require_compatible
from gantry.targets.ecs_service.service import EcsService
from gantry.targets.ecs_service.service_state import ServiceState
from gantry.targets.ecs_service.task_definition import TaskDefinition


class Inspector:
    """Says what is in the way of a release: all of it at once."""

    def __init__(self, service: EcsService, listener: Listener) -> None:
        self._service = service
        self._listener = listener

    def require_compatible(self, deployment: Deployment, found: ServiceState) -> None:
        """Return quietly when the release may go to this service.

        Raises:
            IncompatibleTargetError: with every reason why not, and what to do about it.
        """
        live = self._service.task_definition(found.live)
        if live is None:
            message = f"its task definition {found.live} was deleted: deploy one that exists to the service first"
            raise IncompatibleTargetError(f"{deployment.target.id} cannot take this release: {message}")
        container = EcsTarget.of(deployment.target).container
        require_compatible(deployment, container, found.service, _described(live), self._others(found))

    def _others(self, found: ServiceState) -> Iterator[str]:
        hooks = found.settings.get("lifecycleHooks") or ()
        yield from foreign_pauses(without_ours(hooks))
        yield from self._listener.drift(found.service, found.live_revision)
        if found.deployment and found.deployment.is_broken:
            yield (
                f"its last deployment is {found.deployment.status}, so nobody knows what runs: deploy one task "
                "definition to it until that succeeds"
            )


def _described(live: TaskDefinition) -> Mapping[str, Any]:
    """Return a task definition as DescribeTaskDefinition does."""
    number = live.revision.rpartition(":")[2]
    return {**live.document, "status": live.status, "revision": int(number)}
