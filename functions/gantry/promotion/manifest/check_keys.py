"""The keys of a manifest about checks of a new revision: before any traffic, and while it is watched."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from gantry.promotion import durations
from gantry.promotion.checks import INVOKED_WITHIN, BakeRequests, Check, CheckKind, Checks, OwnRequest
from gantry.promotion.manifest.collection_fields import ListField
from gantry.promotion.manifest.field_types import DurationField, IntegerField, StringField, refuse
from gantry.promotion.manifest.json_fields import ExpectationField, JsonDocumentField, as_json
from gantry.promotion.manifest.keys import Keys

LARGEST_COMMAND = 512
"""Bytes of JSON. Approvers read every command."""
WITHIN = "5m"
"""How long a check may take when the manifest does not say."""


class RequestKeys(Keys):
    """One request to the new version itself."""

    payload: Annotated[Any, JsonDocumentField()] = Field(
        default_factory=dict, description="What the version is invoked with, 6 KB of JSON at most; {} when not given."
    )
    expect: Annotated[Any, ExpectationField()] = Field(
        None,
        description="Keys and values that its answer has to contain, at any depth. When not given, any answer without "
        "an error will do.",
    )


class InvokeKeys(RequestKeys):
    """Invocations of the new version itself, one after the other. Each has to succeed."""

    times: Annotated[int, IntegerField(1, 100)] = Field(1, description="How often it is invoked; 1 when not given.")


@dataclass(frozen=True)
class CommandField(ListField):
    """The arguments of a command."""

    def check(self, value: object) -> list[Any]:
        """Return the arguments themselves."""
        found = super().check(value)
        if (size := len(as_json(found).encode())) > LARGEST_COMMAND:
            refuse(f"it has {size} bytes as JSON; give {LARGEST_COMMAND} at most, like a script in the image")
        return found


class RunTaskKeys(Keys):
    """One run of the new version with another command, beside what takes the traffic."""

    command: Annotated[
        list[Annotated[str, StringField("an argument", "give one argument of the command, as text")]],
        CommandField("the command's arguments", minimum=1),
    ] = Field(description='What it runs, like ["python", "manage.py", "migrate"]. It is no place for secrets.')
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    container: (
        Annotated[
            str,
            StringField(
                "a container's name",
                "give letters, digits, - and _, 255 at most, like app",
                pattern=r"^[a-zA-Z0-9_-]{1,255}$",
            ),
        ]
        | None
    ) = Field(None, description="The container that gets the command; the one that gets the image when not given.")


class CheckKeys(Keys):
    """One check: exactly one of invoke, function, codebuild and run_task."""

    invoke: InvokeKeys | None = Field(None, description="Invokes the new version itself.")
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    function: (
        Annotated[
            str,
            StringField(
                "the ARN of a function",
                "give one like arn:aws:lambda:us-east-1:222222222222:function:smoke-test",
                pattern=r"^arn:aws(-[a-z]+)*:lambda:[a-z0-9-]+:[0-9]{12}:function:[a-zA-Z0-9_-]{1,64}"
                r"(:[a-zA-Z0-9_-]{1,128})?$",
            ),
        ]
        | None
    ) = Field(None, description="The ARN of a function in the target's account that checks the new version.")
    # https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
    codebuild: (
        Annotated[
            str,
            StringField(
                "a CodeBuild project's name",
                "give the name alone, no ARN: letters, digits, - and _, 2 to 150",
                pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{1,149}$",
            ),
        ]
        | None
    ) = Field(None, description="The name of a CodeBuild project in the target's account and region; its build checks.")
    run_task: RunTaskKeys | None = Field(
        None, description="Runs the new version once with a command, such as a migration. It has to end with 0."
    )
    within: Annotated[int, DurationField(60, 3_600, WITHIN)] | None = Field(
        None, description=f"How long a function, a build or a task may take, 1m to 1h; {WITHIN} when not given."
    )


class BakeRequestKeys(Keys):
    """The pipeline's own requests to the new version while it is watched. They are counted apart from people's."""

    invoke: RequestKeys = Field(description="What the version is invoked with, like {payload: {}}.")
    per_look: Annotated[int, IntegerField(1, 20)] = Field(
        1, description="How many requests are made each time that the judge looks; 1 when not given."
    )


class CheckedKeys(Keys):
    """What is checked of a new version beside what its users see."""

    before_traffic: Annotated[list[CheckKeys], ListField("checks", maximum=5)] = Field(
        default_factory=list,
        description="Checks of the new version before any user reaches it, 5 at most, in this order. The first one "
        "that fails ends the deployment.",
    )
    during_bake: BakeRequestKeys | None = Field(
        None, description="Requests of the pipeline's own while the new version is watched. null is none."
    )


def checks_of(keys: CheckedKeys) -> Checks:
    """Return what is checked. The keys are known to be right."""
    during = keys.during_bake
    return Checks(
        before_traffic=tuple(map(_check, keys.before_traffic)),
        during_bake=BakeRequests(_request(during.invoke), during.per_look) if during else None,
    )


def _check(keys: CheckKeys) -> Check:
    if keys.invoke:
        return Check(CheckKind.INVOKE, INVOKED_WITHIN, request=_request(keys.invoke), times=keys.invoke.times)
    within = keys.within or durations.seconds(WITHIN)
    if keys.function:
        return Check(CheckKind.FUNCTION, within, keys.function)
    if task := keys.run_task:
        return Check(CheckKind.RUN_TASK, within, task.container or "", command=tuple(task.command))
    return Check(CheckKind.CODEBUILD, within, keys.codebuild or "")


def _request(keys: RequestKeys) -> OwnRequest:
    return OwnRequest(as_json(keys.payload), None if keys.expect is None else as_json(keys.expect))
