"""What a container of a task runs.

Restores: ECS takes the container's image from ECR by tag or digest with the task's execution role, which must be
allowed to read it: by the role's own policy, and in another account by the repository's too. An image index stands for
its image for the machine. Environment and secrets
are those of the moment when the task starts. A task that cannot start says why.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html

There are no containers here. As for Lambda, the stand-in's own Python runs the files of the image, so an image can
serve both. A command is a function such as `app.handler`, or `python` with its arguments.
"""

import io
import re
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

from ministack.core.responses import get_account_id, get_region

from sandbox.stand_in.repairs.ecs.secrets import SecretError, secrets_of
from sandbox.stand_in.repairs.functions.image_source import ImageSourceError, SourceImage, pull_image
from sandbox.stand_in.repairs.replacing import Json

_FUNCTION = re.compile(r"[A-Za-z_][\w/]*(\.[A-Za-z_]\w*)+")
_PYTHON = re.compile(r"python3?(\.\d+)?")


class StartError(Exception):
    """A task cannot start. The message is its `stoppedReason`."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container that has started: its code is a zip archive of the image's working directory."""

    task_definition: str
    """The ARN of its task definition."""
    name: str
    image: SourceImage
    command: Sequence[str]
    environment: dict[str, str]
    role: str
    place: tuple[str, str]
    """The account and the region."""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def digest(self) -> str:
        """The image's digest."""
        return f"sha256:{self.image.sha256}"

    @property
    def function(self) -> str | None:
        """The function that the command names, such as `app.handler`; None if it is a program."""
        return self.command[0] if len(self.command) == 1 and _FUNCTION.fullmatch(self.command[0]) else None


def started(task_definition: Json, name: str | None = None, override: Json | None = None) -> Container:
    """Return a container of a task that starts now; the first essential one, if no name is given.

    Raises StartError.
    """
    definition = _definition(task_definition, name)
    role, changed = task_definition.get("executionRoleArn") or "", override or {}
    try:
        image, secrets = pull_image(definition["image"], role), secrets_of(definition, role)
    except ImageSourceError as error:
        # The words of Fargate: https://github.com/aws/containers-roadmap/issues/2687 and .../2493
        tried = f"pull image manifest has been retried 1 time(s): failed to resolve ref {definition['image']}"
        raise StartError(f"CannotPullContainerError: {tried}: {error}") from error
    except SecretError as error:
        raise StartError(str(error)) from error
    command = changed.get("command") or definition.get("command") or image.command
    environment = {each["name"]: each["value"] for each in definition.get("environment") or []}
    environment |= secrets
    environment |= {each["name"]: each["value"] for each in changed.get("environment") or []}
    container = Container(
        task_definition["taskDefinitionArn"],
        definition["name"],
        image,
        [*(definition.get("entryPoint") or []), *command],
        environment,
        changed.get("taskRoleArn") or task_definition.get("taskRoleArn") or "",
        (get_account_id(), get_region()),
    )
    _check_command(container)
    return container


def _definition(task_definition: Json, name: str | None) -> Json:
    definitions: list[Json] = task_definition["containerDefinitions"]
    if name is None:
        return next(each for each in definitions if each.get("essential", True))
    return next(each for each in definitions if each["name"] == name)


def _check_command(container: Container) -> None:
    if container.function is not None:
        module = container.function.rpartition(".")[0].replace(".", "/")
        with zipfile.ZipFile(io.BytesIO(container.image.code)) as archive:
            if {f"{module}.py", f"{module}/__init__.py"} & set(archive.namelist()):
                return
    elif container.command and _PYTHON.fullmatch(container.command[0]):
        return
    what = f'exec: "{" ".join(container.command)}": executable file not found in $PATH'
    raise StartError(f"CannotStartContainerError: Error response from daemon: failed to create task: {what}")
