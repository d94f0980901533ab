"""What a revision has to be for a release."""

from dataclasses import dataclass
from typing import Any

from gantry.promotion.deployment import Deployment
from gantry.targets.ecs_service.container_settings import ContainerSettings
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

    def document(self, base: TaskDefinition) -> dict[str, Any]:
        """Return what a revision that is made of another one has to be, as RegisterTaskDefinition takes it."""
        settings = ContainerSettings.of_manifest(self.deployment.configuration)
        return base.with_release(self.target.container, self.image, settings)
