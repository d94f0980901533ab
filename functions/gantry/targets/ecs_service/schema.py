"""What a manifest may say of this kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.document import as_mapping
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.manifest.target_schema import SharedDraft, TargetKeys, TargetSchema
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.promotion.traffic import Plan
from gantry.targets.ecs_service.capabilities import CAPABILITIES
from gantry.targets.ecs_service.container_settings import ContainerSettings, too_many
from gantry.targets.ecs_service.ecs_target import NAME, EcsTarget
from gantry.targets.ecs_service.manifest_keys import EcsConfigurationKeys, EcsTargetKeys
from gantry.targets.ecs_service.rights import LONGEST_NAMES
from gantry.targets.ecs_service.step_strategy import why_not


class EcsSchema:
    """The kind `ecs`, as `TargetSchema` asks for it."""

    kind = NAME
    is_default = False
    splits_traffic = CAPABILITIES.splits_traffic
    counts_requests = CAPABILITIES.counts_requests
    can_be_invoked = CAPABILITIES.can_be_invoked
    runs_tasks = CAPABILITIES.runs_tasks
    shifts_itself = CAPABILITIES.shifts_itself
    runs_code = True
    artifacts = frozenset({ArtifactKind.CONTAINER_IMAGE})
    reads_own_region = True
    target_keys: type[TargetKeys] = EcsTargetKeys
    configuration_keys: type[Keys] = EcsConfigurationKeys

    def target(self, keys: Mapping[str, Any]) -> Target:
        """Return the service, with the container that gets the image."""
        return EcsTarget(**EcsTargetKeys.model_validate(keys).model_dump()).as_target()

    def configuration(self, keys: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what `ContainerSettings.of_manifest` takes."""
        return EcsConfigurationKeys.model_validate(keys).model_dump(exclude_unset=True)

    def shared_draft(self, target: Mapping[str, Any], configuration: Mapping[str, Any]) -> SharedDraft | None:
        """Return None: a task definition is made of the live one, and of nothing that others can change."""

    def longest_request_seconds(self, configuration: Mapping[str, Any]) -> int | None:
        """Return None: neither a manifest nor a task definition says how long a request may take."""

    def target_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        """Yield a problem when cluster and service are too long together."""
        length = sum(len(each) for each in (keys.get("cluster"), keys.get("service")) if isinstance(each, str))
        if length > LONGEST_NAMES:
            message = f"cluster and service have {length} characters together; Gantry takes {LONGEST_NAMES} at most"
            yield Problem(("service",), message)

    def configuration_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        """Yield a problem for each name that is a variable and a secret, which ECS refuses, and for too much of all.

        https://github.com/dagster-io/dagster/issues/11622
        """
        environment, secrets = (set(as_mapping(keys.get(each))) for each in ("environment", "secrets"))
        for name in sorted(environment & secrets, key=str):
            message = "environment has a variable of this name too, and ECS takes only one; leave out one of them"
            yield Problem(("secrets", name), message)
        if wrong := too_many(keys.get("environment"), keys.get("secrets")):
            yield Problem(("environment",), f"with what is shared, {wrong}")

    def plan_problem(self, plan: Plan) -> str | None:
        """Return what is wrong with steps that ECS cannot take."""
        return why_not(plan)

    def mask(self, configuration: Mapping[str, Any], masking: Masking) -> dict[str, str]:
        """Return the settings as people may see them, without the container's name, which is each target's own."""
        return ContainerSettings.of_manifest(configuration).masked(masking)


SCHEMA: TargetSchema = EcsSchema()
