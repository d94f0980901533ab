"""What a service has to be before a release may go to it, and what to do where it is not."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gantry.promotion.checks import CheckKind
from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import IncompatibleTargetError
from gantry.targets.ecs_service.stepping import why_no_steps
from gantry.targets.ecs_service.task_definition import TaskDefinition

_ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64"}
_FARGATE = "FARGATE"


def require_none(target_id: str, lasting: Iterable[str], passing: Iterable[str] = ()) -> None:
    """Return quietly when nothing keeps a release from a service.

    Args:
        target_id: for people.
        lasting: what stays in the way until somebody changes it.
        passing: what may be gone by itself.

    Raises:
        IncompatibleTargetError: with every reason why not, and what to do about it.
    """
    stays = list(lasting)
    if found := "; ".join([*stays, *passing]):
        error = IncompatibleTargetError(f"{target_id} cannot take this release: {found}")
        error.may_pass = not stays
        raise error


def lasting_problems(
    container: str, configuration: Mapping[str, Any], service: Mapping[str, Any], definition: TaskDefinition
) -> Iterator[str]:
    """Yield what is wrong with a service, whatever release goes to it.

    Args:
        container: the name of the container that gets the image.
        configuration: what the manifest configures, by its keys.
        service: as DescribeServices returns it.
        definition: the live task definition.
    """
    yield from _problems_of_service(service)
    yield from _problems_of_definition(configuration, service, definition)
    yield from _problems_of_container(container, definition)


def no_tasks(service: Mapping[str, Any]) -> Iterator[str]:
    """Yield a problem of a service that runs nothing just now. A schedule may scale it again."""
    if service["desiredCount"] == 0:
        yield (
            "it runs no tasks (its desired count is 0), so a release would be called live that never ran: let it run "
            "one at least"
        )


def problems_of_release(
    deployment: Deployment, service: Mapping[str, Any], definition: TaskDefinition
) -> Iterator[str]:
    """Yield what keeps one release from a service, or from going there in these steps."""
    runs_on = (definition.document.get("runtimePlatform") or {}).get("cpuArchitecture", "X86_64")
    if _ARCHITECTURES.get(runs_on) != deployment.architecture:
        yield (
            f"its task definition runs on {runs_on}, and the manifest says architecture: {deployment.architecture}: "
            "change one of them (runtimePlatform.cpuArchitecture is X86_64 where it is missing)"
        )
    if deployment.plan and (why := why_no_steps(service)):
        yield why
    yield from _problems_of_tasks(deployment, definition)


def _problems_of_tasks(deployment: Deployment, definition: TaskDefinition) -> Iterator[str]:
    """Yield what keeps `run_task` from its tasks: a service says how its volumes are made, and has no say in theirs.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/configure-ebs-volume.html
    """
    at_launch = [each["name"] for each in definition.document.get("volumes") or () if each.get("configuredAtLaunch")]
    if at_launch and any(each.kind is CheckKind.RUN_TASK for each in deployment.checks.before_traffic):
        yield (
            f"its tasks get their volumes only at launch ({', '.join(at_launch)}), which run_task cannot give: let a "
            "codebuild check do that work"
        )


def foreign_pauses(hooks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a problem if a deployment of the service would stop at a pause that somebody else has set up.

    Args:
        hooks: the lifecycle hooks of the service that are not Gantry's own.
    """
    pauses = [each for each in hooks if each.get("targetType") == "PAUSE"]
    if stages := sorted({stage for each in pauses for stage in each.get("lifecycleStages") or ()}):
        yield (
            f"its deployments pause at {', '.join(stages)} until somebody goes on, and Gantry answers only its own "
            "pauses: take these out of deploymentConfiguration.lifecycleHooks, and let the manifest's approval ask "
            "people"
        )


def _problems_of_service(service: Mapping[str, Any]) -> Iterator[str]:
    if (status := service["status"]) != "ACTIVE":
        yield f"the service is {status}: create it again"
    if (controller := service.get("deploymentController", {}).get("type", "ECS")) != "ECS":
        yield (
            f"its deployment controller is {controller}, and Gantry moves services with the controller ECS: set it by "
            "UpdateService or in the service's template"
        )
    if service.get("resourceManagementType") == "ECS":
        yield "it is an Express service, whose deployments ECS itself sets up: create a service of your own for it"


def _problems_of_definition(
    configuration: Mapping[str, Any], service: Mapping[str, Any], definition: TaskDefinition
) -> Iterator[str]:
    platform = definition.document.get("runtimePlatform") or {}
    if (system := platform.get("operatingSystemFamily", "LINUX")) != "LINUX":
        yield f"its tasks run on {system}, and images of a release are for Linux"
    if not definition.is_active:
        yield (
            "its live task definition was deregistered, so no rollback could bring it back: register the same again, "
            "and deploy that"
        )
    needs_role = _needs_execution_role(configuration, service, definition)
    if needs_role and not definition.document.get("executionRoleArn"):
        yield f"its task definition has no executionRoleArn, which {needs_role} needs: add a task execution role"


def runs_on_fargate(service: Mapping[str, Any]) -> bool:
    """Return whether a service's tasks may run on Fargate."""
    providers = [each["capacityProvider"] for each in service.get("capacityProviderStrategy", ())]
    return service.get("launchType") == _FARGATE or any(each.startswith(_FARGATE) for each in providers)


def _needs_execution_role(
    configuration: Mapping[str, Any], service: Mapping[str, Any], definition: TaskDefinition
) -> str | None:
    """Return what needs it: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html"""
    if runs_on_fargate(service):
        return "Fargate"
    containers = definition.document["containerDefinitions"]
    if configuration.get("secrets") or any(each.get("secrets") for each in containers):
        return "a container with secrets"
    return None


def _problems_of_container(container: str, definition: TaskDefinition) -> Iterator[str]:
    found = definition.container(container)
    if found is None:
        known = ", ".join(sorted(definition.containers))
        yield f"its task definition has no container {container}, but {known}: correct the manifest's container"
    elif not found.get("essential", True):
        yield (
            f"its container {container} is not essential, so ECS would call a release live whose container has ended: "
            "make it essential"
        )
