"""The keys of this kind in a manifest: a target's, and those of `configuration`."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from gantry.promotion.manifest.collection_fields import ListField, MappingField
from gantry.promotion.manifest.field_types import FieldType, StringField, is_not, refuse
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.messages import quoted
from gantry.promotion.manifest.reference_field import ReferenceField
from gantry.promotion.manifest.target_schema import TargetKeys

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html, and API_CreateCluster
_NAME = r"^[a-zA-Z0-9_-]{1,255}$"
_NAME_ALONE = "give the name alone, no ARN: letters, digits, - and _, 255 at most"
ClusterName = Annotated[str, StringField("the name of an ECS cluster", _NAME_ALONE, pattern=_NAME)]
ServiceName = Annotated[str, StringField("the name of an ECS service", _NAME_ALONE, pattern=_NAME)]
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
ContainerName = Annotated[
    str,
    StringField("a container's name", "give letters, digits, - and _, 255 at most, like app", pattern=_NAME),
]
# ECS says nothing about names of variables. Some programs read names with dots and hyphens.
_VARIABLE_NAME = StringField(
    "an environment variable's name",
    "give letters, digits and any of _.- and no digit at the beginning",
    pattern=r"^[a-zA-Z_][a-zA-Z0-9_.-]{0,254}$",
)
VariableName = Annotated[str, _VARIABLE_NAME]
_VARIABLE_VALUE = StringField("an environment variable's value", "give text in quotes", secret=True)
VariableValue = Annotated[str, ReferenceField(_VARIABLE_VALUE)]
Argument = Annotated[str, StringField("an argument", "give one argument of the command, as text")]
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
_IN_SECRETS_MANAGER = (
    r"arn:aws(-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[a-zA-Z0-9/_+=.@-]{1,519}"
    r"(:[^:\s]*:[a-zA-Z0-9_+=,.@-]*:[a-zA-Z0-9-]*)?"
)
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html, and for names
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
_IN_PARAMETER_STORE = r"(arn:aws(-[a-z]+)*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/?)?[a-zA-Z0-9_./-]{1,1011}"
SecretPlace = Annotated[
    str,
    StringField(
        "where ECS finds a secret",
        "give the ARN of a secret in Secrets Manager, perhaps with :<key>:<stage>:<version>, or the name or the ARN of "
        "a parameter in Parameter Store, and never the secret itself",
        pattern=f"^({_IN_SECRETS_MANAGER}|{_IN_PARAMETER_STORE})$",
        secret=True,
    ),
]


@dataclass(frozen=True)
class UnitsField(FieldType):
    """A whole number of units, with quotes or without. The field holds the text that ECS returns.

    ECS also takes `1 vCPU` and `2 GB`, and makes units of them:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    """

    minimum: int
    maximum: int
    unit: str
    example: int

    def check(self, value: object) -> str:
        """Return the number as text, without zeros before it."""
        remedy = f"give a whole number of {self.unit}, like {self.example}"
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not re.fullmatch("[0-9]{1,9}", text):
            refuse(f"{is_not(value, 'a number of units')}; {remedy}")
        if not self.minimum <= int(text) <= self.maximum:
            refuse(f"{quoted(value)} is out of range; give {self.minimum} to {self.maximum} {self.unit}")
        return str(int(text))

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return both forms."""
        number = {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}
        return {"anyOf": [number, {"type": "string", "pattern": "^[0-9]{1,9}$"}]}


class EcsTargetKeys(TargetKeys):
    """One service of one ECS cluster."""

    cluster: ClusterName = Field(description="The cluster's name.")
    service: ServiceName = Field(description="The service's name. It has to exist.")
    container: ContainerName = Field(
        description="The container in the service's task definition that gets the image, like app."
    )


class EcsConfigurationKeys(Keys):
    """What a task definition has besides the image. What is not given stays as the live one has it."""

    # ECS on EC2 and Fargate take other numbers each, and some only together. ECS says so when it gets them.
    cpu: Annotated[str | None, UnitsField(128, 196_608, "CPU units", 512)] = Field(
        None, description="The task's CPU units, of all its containers; 1024 are one vCPU."
    )
    memory: Annotated[str | None, UnitsField(6, 99_999_999, "MiB", 1024)] = Field(
        None, description="The task's memory in MiB, of all its containers."
    )
    environment: Annotated[dict[VariableName, VariableValue], MappingField(_VARIABLE_NAME)] = Field(
        default_factory=dict, description="Environment variables. They replace all that the container has."
    )
    secrets: Annotated[dict[VariableName, SecretPlace], MappingField(_VARIABLE_NAME, pairs="NAME: ARN pairs")] = Field(
        default_factory=dict,
        description="Environment variables that ECS reads from Secrets Manager or Parameter Store when a task starts, "
        "each with the ARN of a secret, or a parameter's ARN or name. They replace all that the container has.",
    )
    command: Annotated[list[Argument], ListField("the command's arguments", maximum=1_500)] = Field(
        default_factory=list, description="Overrides the image's CMD; an empty list is the image's own."
    )
