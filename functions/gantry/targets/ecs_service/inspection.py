"""Looking at a service before anything is changed."""

from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import IncompatibleTargetError
from gantry.promotion.target import Target
from gantry.targets.ecs_service.deployment_settings import hooks_of_others
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.listener import Listener
from gantry.targets.ecs_service.prerequisites import (
    foreign_pauses,
    lasting_problems,
    no_tasks,
    problems_of_release,
    require_none,
)
from gantry.targets.ecs_service.service import EcsService
from gantry.targets.ecs_service.service_state import ServiceState
from gantry.targets.ecs_service.task_definition import TaskDefinition
from gantry.targets.ecs_service.wanted_revision import unfit_settings


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
        target, live = deployment.target, self._live(deployment.target, found)
        problems = [
            *_lasting(target, deployment.configuration, found, live),
            *problems_of_release(deployment, found.service, live),
        ]
        require_none(target.id, problems, [*no_tasks(found.service), *self._passing(found)])

    def require_takes(self, target: Target, configuration: Mapping[str, Any], found: ServiceState) -> None:
        """Return quietly unless no release may go to this service.

        Raises:
            IncompatibleTargetError: with every reason why not, and what to do about it.
        """
        lasting = _lasting(target, configuration, found, self._live(target, found))
        require_none(target.id, lasting, no_tasks(found.service))

    def _live(self, target: Target, found: ServiceState) -> TaskDefinition:
        live = self._service.task_definition(found.live)
        if live is None:
            message = f"its task definition {found.live} was deleted: deploy one that exists to the service first"
            raise IncompatibleTargetError(f"{target.id} cannot take this release: {message}")
        return live

    def _passing(self, found: ServiceState) -> Iterator[str]:
        """Yield what is in the way just now, and what another deployment may change."""
        yield from self._listener.astray(found.service, found.live_revision)
        if found.deployment and found.deployment.is_broken:
            yield (
                f"its last deployment is {found.deployment.status}, so nobody knows what runs: deploy one task "
                "definition to it until that succeeds"
            )


def _lasting(
    target: Target, configuration: Mapping[str, Any], found: ServiceState, live: TaskDefinition
) -> Iterator[str]:
    container = EcsTarget.of(target).container
    yield from lasting_problems(container, configuration, found.service, live)
    yield from unfit_settings(container, configuration, live)
    yield from foreign_pauses(hooks_of_others(found.settings))
