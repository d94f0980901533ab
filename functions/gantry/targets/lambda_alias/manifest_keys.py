"""The keys of this kind in a manifest: a target's, and those of `configuration`."""

import json
from typing import Annotated, Any

from pydantic import Field

from gantry.promotion.manifest.collection_fields import ListField, MappingField
from gantry.promotion.manifest.field_types import BooleanField, FieldType, IntegerField, StringField, refuse
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.messages import quoted, wrong_type
from gantry.promotion.manifest.reference_field import ReferenceField
from gantry.promotion.manifest.target_schema import TargetKeys

_LARGEST_PAYLOAD = 1024
"""Bytes. The ledger keeps it with what is live, and a wake-up says little."""

# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
FunctionName = Annotated[
    str,
    StringField(
        "a Lambda function's name",
        "give the name alone, no ARN: letters, digits, - and _, 64 at most",
        pattern=r"^[a-zA-Z0-9_-]{1,64}$",
    ),
]
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
AliasName = Annotated[
    str,
    StringField(
        "a Lambda alias",
        "give letters, digits, - and _, 128 at most and not digits alone, like live",
        pattern=r"^(?![0-9]+$)[a-zA-Z0-9_-]{1,128}$",
    ),
]
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
Role = Annotated[
    str | None,
    StringField(
        "the ARN of an IAM role",
        "give one like arn:aws:iam::222222222222:role/cowsay",
        pattern=r"^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[a-zA-Z0-9_+=,.@/-]*[a-zA-Z0-9_+=,.@-]$",
    ),
]
# The rules for names, and the reserved ones: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
# Not all of AWS_LAMBDA_* is reserved. AWS_LAMBDA_EXEC_WRAPPER, for one, is there to be set.
RESERVED_VARIABLES = frozenset(
    {
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_METADATA_API",
        "AWS_LAMBDA_METADATA_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
_VARIABLE_NAME = StringField(
    "an environment variable's name",
    "give a letter, then at least one more letter, digit or _",
    pattern=r"^[a-zA-Z][a-zA-Z0-9_]+$",
    reserved=RESERVED_VARIABLES,
    reserved_by="AWS Lambda",
)
VariableName = Annotated[str, _VARIABLE_NAME]
_VARIABLE_VALUE = StringField("an environment variable's value", "give text in quotes", secret=True)
VariableValue = Annotated[str, ReferenceField(_VARIABLE_VALUE)]
Argument = Annotated[str, StringField("an argument", "give one argument of the command, as text")]
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html. Which there are is for Lambda to say.
Runtime = Annotated[
    str | None,
    StringField("a Lambda runtime", "give its identifier, like python3.13", pattern=r"^[a-z]+[a-z0-9.]*(-edge)?$"),
]
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
Handler = Annotated[
    str | None,
    StringField(
        "a handler", "give it as Lambda does, like app.handler, 128 characters at most", pattern=r"^\S{1,128}$"
    ),
]
LayerVersion = Annotated[
    str,
    StringField(
        "the ARN of a layer's version",
        "give one like arn:aws:lambda:us-east-1:222222222222:layer:common:7, with the version",
        pattern=r"^arn:aws(-[a-z]+)*:lambda:[a-z0-9-]+:[0-9]{12}:layer:[a-zA-Z0-9_-]{1,140}:[0-9]+$",
    ),
]
_MOST_LAYERS = 5
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
# https://docs.aws.amazon.com/lambda/latest/api/API_ImageConfig.html
WorkingDirectory = Annotated[
    str,
    StringField("a directory in the image", "give an absolute path, like /srv, or nothing", pattern=r"^(/.{0,999})?$"),
]


class JsonField(FieldType):
    """A JSON document, written as text."""

    def check(self, value: object) -> str:
        """Return the text itself."""
        remedy = """give JSON in quotes, like '{"warm": true}'"""
        if not isinstance(value, str):
            refuse(f"{wrong_type(value, 'text')}; {remedy}")
        if len(value.encode()) > _LARGEST_PAYLOAD:
            refuse(f"it has {len(value.encode())} bytes; give {_LARGEST_PAYLOAD} at most")
        try:
            json.loads(value)
        except ValueError:
            refuse(f"{quoted(value)} is no JSON; {remedy}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the type. A JSON schema cannot express what a text contains."""
        return {"type": "string", "maxLength": _LARGEST_PAYLOAD}


class LambdaTargetKeys(TargetKeys):
    """One alias of one Lambda function."""

    function: FunctionName = Field(description="The function's name.")
    alias: AliasName = Field(description="The alias that callers use, like live.")
    role: Role = Field(
        None,
        description="The ARN of the version's execution role, in the same account. With it, Gantry creates the "
        "function and the alias on the first deployment.",
    )
    wake: Annotated[bool, BooleanField()] = Field(
        True,
        description="Whether a rollback may invoke the older version once when Lambda has put it to sleep.",
    )
    wake_payload: Annotated[str, JsonField()] = Field(
        "{}", description="What it is invoked with, as JSON. Lambda refuses the invocation while the version sleeps."
    )


class LambdaConfigurationKeys(Keys):
    """What a published version has besides its code. What is not given stays as the stable version has it."""

    # Memory, time and storage: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    memory_mb: Annotated[int | None, IntegerField(128, 10_240, "MB")] = Field(None, description="Memory in MB.")
    timeout_seconds: Annotated[int | None, IntegerField(1, 900, "seconds")] = Field(
        None, description="The longest time that one invocation may take, in seconds."
    )
    ephemeral_storage_mb: Annotated[int | None, IntegerField(512, 10_240, "MB")] = Field(
        None, description="The size of the function's own /tmp in MB."
    )
    environment: Annotated[dict[VariableName, VariableValue], MappingField(_VARIABLE_NAME)] = Field(
        default_factory=dict,
        description="Environment variables, at most 4 KB together. They replace all that the function has.",
    )
    command: Annotated[list[Argument], ListField("the command's arguments", maximum=1_500)] = Field(
        default_factory=list, description="Overrides the image's CMD; an empty list is the image's own."
    )
    entry_point: Annotated[list[Argument], ListField("the entry point's arguments", maximum=1_500)] = Field(
        default_factory=list, description="Overrides the image's ENTRYPOINT; an empty list is the image's own."
    )
    working_directory: WorkingDirectory = Field(
        "", description="Overrides the image's WORKDIR; an empty text is the image's own."
    )
    runtime: Runtime = Field(None, description="What runs a zip, like python3.13.")
    handler: Handler = Field(None, description="The method in a zip that Lambda calls, like app.handler.")
    layers: Annotated[list[LayerVersion], ListField("the layers", maximum=_MOST_LAYERS)] = Field(
        default_factory=list, description="The versions of layers that complete a zip, by their ARNs, in their order."
    )
