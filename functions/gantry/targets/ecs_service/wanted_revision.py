"""What a revision has to be for a release."""

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
        container, found = self.target.container, base.settings(self.target.container)
        if found is None:
            return [f"{base.revision} has no container {container}, but {', '.join(base.containers)}"]
        wanted, reasons = self._settings.completed_by(found), []
        if message := too_many(wanted.environment, wanted.secrets):
            reasons.append(f"in {container}, {message}")
        if shared := sorted({*(wanted.environment or ())} & {*(wanted.secrets or ())}):
            where = "both as variables and as secrets, of which ECS takes only one; give environment and secrets"
            reasons.append(f"{container} would have {' '.join(shared)} {where}")
        return reasons

    def document(self, base: TaskDefinition) -> dict[str, Any]:
        """Return what a revision that is made of another one has to be, as RegisterTaskDefinition takes it."""
        return base.with_release(self.target.container, self.image, self._settings)

    @property
    def _settings(self) -> ContainerSettings:
        return ContainerSettings.of_manifest(self.deployment.configuration)
