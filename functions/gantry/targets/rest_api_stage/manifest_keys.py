"""The keys of this kind in a manifest: a target's, and those of `configuration`."""

from typing import Annotated

from pydantic import Field

from gantry.promotion.manifest.collection_fields import MappingField
from gantry.promotion.manifest.field_types import StringField
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.reference_field import ReferenceField
from gantry.promotion.manifest.target_schema import TargetKeys
from gantry.targets.rest_api_stage.stage_target import NAMESPACE

MOST_VARIABLES = 99
"""A stage has 100, and Gantry keeps one of its own:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""

RestApiId = Annotated[
    str,
    StringField(
        "the id of a REST API",
        "give the id alone, like a1b2c3d4e5; its console page and its URL have it",
        pattern=r"^[a-z0-9]{1,32}$",
    ),
]
# https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
StageName = Annotated[
    str,
    StringField("a stage", "give letters, digits, - and _, 128 at most, like live", pattern=r"^[a-zA-Z0-9_-]{1,128}$"),
]
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
Namespace = Annotated[
    str,
    StringField(
        "a namespace of metrics",
        f"give letters, digits and any of ._-/#: like {NAMESPACE}",
        pattern=r"^(?!AWS/)[\w./#:-]{1,255}$",
    ),
]
_VARIABLE = StringField(
    "a stage variable's name",
    "give letters, digits and _, 64 at most, and not gantry_ at the beginning",
    pattern=r"^(?!gantry_)[A-Za-z0-9_]{1,64}$",
)
VariableName = Annotated[str, _VARIABLE]
_VALUE = StringField(
    "a stage variable's value",
    "give 1 to 512 letters, digits or any of -._~:/?#&=,",
    pattern=r"^[A-Za-z0-9._~:/?#&=,-]{1,512}$",
)
VariableValue = Annotated[str, ReferenceField(_VALUE)]


class EvidenceKeys(Keys):
    """Where the requests of a stage are counted."""

    namespace: Namespace = Field(
        NAMESPACE, description="The namespace of the two metric filters on the stage's access log."
    )


class StageTargetKeys(TargetKeys):
    """One stage of one REST API."""

    rest_api_id: RestApiId = Field(description="The id of the REST API, like a1b2c3d4e5.")
    stage: StageName = Field(description="The stage that callers use, like live. It has to exist.")
    evidence: EvidenceKeys = Field(
        default_factory=lambda: EvidenceKeys.model_validate({}), description="Where its requests are counted."
    )


class StageConfigurationKeys(Keys):
    """What a stage has besides a deployment. Variables that are not given stay as the stage has them."""

    variables: Annotated[dict[VariableName, VariableValue], MappingField(_VARIABLE, maximum=MOST_VARIABLES)] = Field(
        default_factory=dict, description="Stage variables, by name. The stage's other variables stay."
    )
