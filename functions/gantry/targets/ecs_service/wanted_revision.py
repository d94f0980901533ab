"""What a revision has to be for a release."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gantry.promotion.deployment import Deployment
from gantry.targets.ecs_service.container_settings import ContainerSettings, too_many
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.task_definition import TaskDefinition


@dataclass(frozen=True, slots=True)
class WantedRevision:
    """A release, for one target."""

    deployment: Deployment
    image: str
    """The address of its image, with the digest, in the registry of the target's region."""

    @property
    def target(self) -> EcsTarget:
        """The service, with the container that gets the image."""
        return EcsTarget.of(self.deployment.target)

    def unsuitable(self, base: TaskDefinition) -> list[str]:
        """Return why no revision for the release can be made of another one, every reason; nothing where one can."""
        container = self.target.container
        if container not in base.containers:
            return [f"{base.revision} has no container {container}, but {', '.join(base.containers)}"]
        return [*unfit_settings(container, self.deployment.configuration, base)]

    def document(self, base: TaskDefinition) -> dict[str, Any]:
        """Return what a revision that is made of another one has to be, as RegisterTaskDefinition takes it."""
        return base.with_release(self.target.container, self.image, self._settings)

    @property
    def _settings(self) -> ContainerSettings:
        return ContainerSettings.of_manifest(self.deployment.configuration)


def unfit_settings(container: str, configuration: Mapping[str, Any], base: TaskDefinition) -> Iterator[str]:
    """Yield why a container's settings cannot be what a manifest configures, and what is live where it says nothing."""
    found = base.settings(container)
    if found is None:
        return
    wanted = ContainerSettings.of_manifest(configuration).completed_by(found)
    if message := too_many(wanted.environment, wanted.secrets):
        yield f"in {container}, {message}"
    if shared := sorted({*(wanted.environment or ())} & {*(wanted.secrets or ())}):
        where = "both as variables and as secrets, of which ECS takes only one; give environment and secrets"
        yield f"{container} would have {' '.join(shared)} {where}"
