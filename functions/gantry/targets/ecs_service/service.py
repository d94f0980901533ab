"""The ECS service of one target, and the calls that change it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from gantry.observability import logger
from gantry.promotion.errors import (
    IncompatibleTargetError,
    RevisionUnusableError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.targets.ecs_service.deployment_settings import tidied_settings
from gantry.targets.ecs_service.ecs_errors import ecs_errors
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.service_deployment import ServiceDeployment
from gantry.targets.ecs_service.service_reader import ServiceReader
from gantry.targets.ecs_service.service_state import ServiceState
from gantry.targets.ecs_service.target_tags import Grant, TargetTags
from gantry.targets.ecs_service.task_definition import TaskDefinition
from gantry.targets.ecs_service.task_definitions import TaskDefinitions

if TYPE_CHECKING:
    from mypy_boto3_ecs.client import ECSClient
    from mypy_boto3_ecs.type_defs import DeploymentConfigurationUnionTypeDef

_NO_REVISION = 0
"""ECS counts a family's revisions from 1."""


class EcsService:
    """One service. Every method raises what `ecs_errors` says.

    Args:
        client: the account's ECS.
        once: the same, which sends each call once: what the SDK sends again, arrives later than anybody expects.
        target: the cluster and the service.
        random: returns other letters and digits each time, to tell writes apart.
    """

    def __init__(self, client: "ECSClient", once: "ECSClient", target: EcsTarget, random: Callable[[], str]) -> None:
        self._client = client
        self._once = once
        self._target = target
        self._random = random
        self._reader = ServiceReader(client, target)
        self._definitions = TaskDefinitions(client, target)
        self._keys = TargetTags.of(target)

    def state(self) -> ServiceState | None:
        """Return the service as it is; None when there is none."""
        return self._reader.state()

    def task_definition(self, revision: str) -> TaskDefinition | None:
        """Return a task definition, whether ACTIVE or not; None when there is none."""
        return self._definitions.find(revision)

    def deploy(self, revision: str, settings: Mapping[str, Any], *, again: bool = False) -> None:
        """Begin a deployment.

        Args:
            revision: the task definition that it goes to.
            settings: the whole `deploymentConfiguration`.
            again: whether it begins even if the service was told to run this task definition already.

        Raises:
            TargetNotFoundError, RevisionUnusableError: there is no such task definition, or not any more.
            TargetConflictError: another change is in progress.
        """
        self._require_usable(revision)
        with ecs_errors(self._target):
            self._once.update_service(
                cluster=self._target.cluster,
                service=self._target.service,
                taskDefinition=revision,
                deploymentConfiguration=cast("DeploymentConfigurationUnionTypeDef", settings),
                forceNewDeployment=again,
            )

    def tidy(self, found: ServiceState) -> None:
        """Take our pauses out of the service, so that they do not stop what others deploy. It begins no deployment."""
        settings = tidied_settings(found.settings)
        if settings is not None:
            with ecs_errors(self._target):
                self._once.update_service(
                    cluster=self._target.cluster,
                    service=self._target.service,
                    deploymentConfiguration=cast("DeploymentConfigurationUnionTypeDef", settings),
                )

    def answer(self, deployment: ServiceDeployment, pause: str, share: float) -> bool:
        """Let ECS go on at a pause that waits, up to a share of the traffic; return whether ECS takes the answer.

        What it may do is noted first, so that nothing that ECS was told to do ever looks as if it was not.
        """
        self.note(deployment.target, Grant(deployment.id, share, pause))
        try:
            with ecs_errors(self._target):
                self._client.continue_service_deployment(  # type: ignore[attr-defined]  # the stubs are older
                    serviceDeploymentArn=deployment.arn, hookId=pause, action="CONTINUE"
                )
        except (IncompatibleTargetError, TargetConflictError) as error:
            logger.warning("ECS did not take an answer", target=self._target.id, pause=pause, reason=str(error))
            return False
        return True

    def note(self, canary: str, grant: Grant) -> None:
        """Note which deployment takes a canary to this service, and how far it may go."""
        self._tag(canary, self._keys.answered, str(grant))

    def grant_of(self, canary: str) -> Grant | None:
        """Return what was noted last of rollouts of a canary to this service."""
        found = self.task_definition(canary)
        return self._keys.grant(found.tags) if found else None

    def mark_of(self, revision: str) -> str | None:
        """Return the mark of a live task definition, for this service."""
        found = self.task_definition(revision)
        return found.tags.get(self._keys.moved) if found else None

    def stop(self, deployment: ServiceDeployment) -> None:
        """Let ECS take a deployment back. It is fine if it has turned already, or ended: the next look says so.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
        """
        try:
            with ecs_errors(self._target):
                self._client.stop_service_deployment(serviceDeploymentArn=deployment.arn, stopType="ROLLBACK")
        except TargetConflictError:
            return

    def mark(self, revision: str) -> None:
        """Make all tokens old, where there is nothing else to change."""
        self._tag(revision, self._keys.moved, self._random())

    def may_be_updated(self, family: str) -> None:
        """Ask whether the service may be changed, by a change that ECS must refuse.

        Raises:
            TargetAccessError: it may not.
        """
        try:
            with ecs_errors(self._target):
                self._once.update_service(
                    cluster=self._target.cluster,
                    service=self._target.service,
                    taskDefinition=f"{family}:{_NO_REVISION}",
                )
        except (IncompatibleTargetError, TargetNotFoundError, RevisionUnusableError):
            return

    def _tag(self, revision: str, key: str, value: str) -> None:
        arn = self._target.task_definition_arn(revision)
        with ecs_errors(self._target):
            self._client.tag_resource(resourceArn=arn, tags=[{"key": key, "value": value}])

    def _require_usable(self, revision: str) -> None:
        found = self.task_definition(revision)
        if found is None:
            raise TargetNotFoundError(f"{self._target.id}: there is no task definition {revision} any more")
        if not found.is_active:
            message = (
                f"{self._target.id}: the task definition {revision} was deregistered, so no task can start with it"
            )
            raise RevisionUnusableError(message)
