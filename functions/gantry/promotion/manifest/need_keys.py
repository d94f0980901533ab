"""The keys by which a manifest says what a release needs from the infrastructure."""

from typing import Annotated

from pydantic import Field

from gantry.promotion import durations
from gantry.promotion.manifest.collection_fields import ListField
from gantry.promotion.manifest.field_types import DurationField, IntegerField, StringField
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.name_fields import parameter_pattern
from gantry.promotion.needs.need import LONGEST_WITHIN, MOST_NEEDS, Need

NEEDS_WITHIN = "24h"
_LONGEST_PARAMETER = 256
"""Characters of a name: shorter than AWS takes, because a session's policy has to hold all names, for STS."""


class NeedKeys(Keys):
    """One thing that has to be there: a parameter, or an output of a stack. Its value is no secret."""

    parameter: (
        Annotated[
            str,
            StringField(
                "a parameter's name",
                "give the whole name, no ARN: letters, digits and . _ - in up to 15 parts that each begin with /, "
                "256 characters at most, like /infra/prod/revision",
                pattern=parameter_pattern(_LONGEST_PARAMETER),
            ),
        ]
        | None
    ) = Field(None, description="The name of a parameter in Parameter Store, of the type String.")
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
    stack: (
        Annotated[
            str,
            StringField(
                "a stack's name",
                "give the name alone, no ARN: a letter, then letters, digits and hyphens, 128 at most",
                pattern=r"^[a-zA-Z][a-zA-Z0-9-]{0,127}$",
            ),
        ]
        | None
    ) = Field(None, description="The name of a CloudFormation stack. It needs output.")
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html
    output: (
        Annotated[
            str,
            StringField(
                "an output's name",
                "give letters and digits, 255 at most, like QueueUrl",
                pattern=r"^[a-zA-Z0-9]{1,255}$",
            ),
        ]
        | None
    ) = Field(None, description="The name of one of the stack's outputs.")
    at_least: Annotated[int, IntegerField(0, 10**15)] | None = Field(
        None, description="The value has to be a whole number, this or a larger one."
    )
    equals: (
        Annotated[
            str,
            StringField("a value", "give 1 to 1024 printable characters", pattern=r"^[^\u0000-\u001f\u007f]{1,1024}$"),
        ]
        | None
    ) = Field(None, description="The value has to be this text. With neither, it only has to be there.")
    owner: (
        Annotated[
            str,
            StringField(
                "a team or a person",
                "give a name or a mail address, 100 characters at most",
                pattern=r"^[^\u0000-\u001f\u007f]{1,100}$",
            ),
        ]
        | None
    ) = Field(None, description="Who can bring it. People who wait read this.")

    def need(self) -> Need:
        """Return what they say."""
        return Need(self.parameter, self.stack, self.output, self.at_least, self.equals, self.owner)


class NeededKeys(Keys):
    """What has to be there before a release comes to an environment."""

    needs: Annotated[list[NeedKeys], ListField("needs", maximum=MOST_NEEDS)] = Field(
        default_factory=list,
        description="What has to be in each target's account and region before a release comes there, like "
        "{parameter: /infra/prod/revision, at_least: 12} or {stack: cowsay-infra, output: QueueUrl}. The promotion "
        "waits for it; a rollback does not.",
    )
    needs_within: Annotated[int, DurationField(60, LONGEST_WITHIN, NEEDS_WITHIN)] = Field(
        durations.seconds(NEEDS_WITHIN),
        description=f"How long a promotion waits for it, 1m to 3d; {NEEDS_WITHIN} when not given.",
        json_schema_extra={"default": NEEDS_WITHIN},
    )
