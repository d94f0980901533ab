"""The keys by which a manifest says what others may change."""

from typing import Annotated

from pydantic import Field

from gantry.promotion.drift.ignored_drift import MOST_IGNORED
from gantry.promotion.manifest.collection_fields import ListField
from gantry.promotion.manifest.field_types import BooleanField, StringField
from gantry.promotion.manifest.keys import Keys

IgnoredName = Annotated[
    str,
    StringField(
        "a setting that drift ignores",
        "give configuration.memory_mb, configuration.environment.LOG_LEVEL or the like, as gantry drift shows it; "
        "where the traffic goes, and to which artifact, cannot be ignored",
        pattern=r"^configuration(\.[^\u0000-\u001f\u007f]{1,255})?$",
    ),
]


class DriftKeys(Keys):
    """What is no drift."""

    ignore: Annotated[list[IgnoredName], ListField("settings", maximum=MOST_IGNORED)] = Field(
        default_factory=list,
        description="Settings that others may change, like configuration.memory_mb or a group like "
        "configuration.environment. Their differences are shown, but count as no drift.",
    )
    restore: Annotated[bool, BooleanField()] = Field(
        default=False,
        description="Whether the daily look restores a target that others have changed, by a promotion of what is live "
        "there, with the environment's approvals and steps; false when not given.",
    )
