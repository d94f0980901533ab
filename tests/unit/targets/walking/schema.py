"""What a manifest may say of the kind `walking`: the same as of `memory`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gantry.promotion.manifest.target_schema import TargetSchema
from gantry.promotion.target import Target
from tests.unit.targets.memory.schema import MemorySchema
from tests.unit.targets.walking.capabilities import CAPABILITIES


class WalkingSchema(MemorySchema):
    """The kind `walking`."""

    kind = "walking"
    shifts_itself = CAPABILITIES.shifts_itself

    def target(self, keys: Mapping[str, Any]) -> Target:
        found = super().target(keys)
        return replace(found, kind=self.kind, name=found.name.replace("memory", self.kind))


SCHEMA: TargetSchema = WalkingSchema()
