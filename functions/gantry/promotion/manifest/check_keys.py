"""The keys of a manifest about checks of a new revision: before any traffic, and while it is watched."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from gantry.promotion import durations
from gantry.promotion.checks import INVOKED_WITHIN, BakeRequests, Check, CheckKind, Checks, OwnRequest
from gantry.promotion.manifest.collection_fields import ListField
from gantry.promotion.manifest.field_types import DurationField, FieldType, IntegerField, StringField, refuse
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.messages import quoted, wrong_type

LARGEST_PAYLOAD = 6 * 1024
"""Bytes of JSON. Every deployment carries it."""
WITHIN = "5m"
"""How long a check may take when the manifest does not say."""


class JsonDocumentField(FieldType):
    """Anything that can be written as JSON."""

    def check(self, value: object) -> object:
        """Return the document itself."""
        if wrong := next(_not_in_json(value), None):
            refuse(f"{wrong}, which JSON does not have; give text instead")
        if (size := len(as_json(value).encode())) > LARGEST_PAYLOAD:
            refuse(f"it has {size} bytes as JSON; give {LARGEST_PAYLOAD} at most")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return pydantic's own. A JSON schema cannot express a size in bytes."""
        return inner


class ExpectationField(JsonDocumentField):
    """What an answer has to contain. An answer without any of its keys would be no object."""

    def check(self, value: object) -> object:
        """Return the mapping itself."""
        if not isinstance(value, dict):
            refuse(f"{wrong_type(value, 'a mapping')}; give the keys and values that the answer has to contain")
        if not value:
            refuse("it is empty; give at least one key, or leave it out")
        return super().check(value)

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the type and the smallest size."""
        return {"type": "object", "minProperties": 1}


def _not_in_json(value: object) -> Iterator[str]:
    """Yield what no JSON text can hold, so that no answer could ever match it."""
    if isinstance(value, float) and value - value != 0:
        yield f"it holds {quoted(value)}"
    elif isinstance(value, list):
        for each in value:
            yield from _not_in_json(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                yield f"it holds the key {quoted(key)}"
            yield from _not_in_json(each)


def as_json(value: object) -> str:
    """Return a document as short JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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


class CheckKeys(Keys):
    """One check: exactly one of invoke, function and codebuild."""

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
    within: Annotated[int, DurationField(60, 3_600, WITHIN)] | None = Field(
        None, description=f"How long a function or a build may take, 1m to 1h; {WITHIN} when not given."
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
    return Check(CheckKind.CODEBUILD, within, keys.codebuild or "")


def _request(keys: RequestKeys) -> OwnRequest:
    return OwnRequest(as_json(keys.payload), None if keys.expect is None else as_json(keys.expect))
