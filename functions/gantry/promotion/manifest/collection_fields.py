"""The types of field that hold more than one value: lists, traffic plans and mappings."""

from dataclasses import dataclass
from typing import Any

from gantry.promotion import durations
from gantry.promotion.judge.looks import MOST_STEPS
from gantry.promotion.manifest.field_types import FieldType, refuse
from gantry.promotion.manifest.messages import quoted, suggestion, wrong_type
from gantry.promotion.traffic_presets import PRESETS


@dataclass(frozen=True)
class ListField(FieldType):
    """A list. Its items are checked by their own type."""

    items: str
    """What the items are: `names of alarms`."""
    minimum: int = 0
    maximum: int | None = None
    unique: bool = False

    def check(self, value: object) -> list[Any]:
        """Return the list itself. Repeated items are found by the `rules`, which say where the first one is."""
        if not isinstance(value, list):
            refuse(f"{wrong_type(value, 'a list')}; give a list of {self.items}")
        if len(value) < self.minimum:
            refuse(f"the list of {self.items} is empty; give at least one")
        if self.maximum is not None and len(value) > self.maximum:
            refuse(f"the list has {len(value)} {self.items}; give at most {self.maximum}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the size, and whether items may repeat."""
        limits = {"minItems": self.minimum or None, "maxItems": self.maximum, "uniqueItems": self.unique or None}
        return inner | {name: value for name, value in limits.items() if value is not None}


@dataclass(frozen=True)
class TrafficField(FieldType):
    """The name of a preset, or a list of steps. The field holds the steps."""

    def check(self, value: object) -> list[Any]:
        """Return the steps as they would be written out."""
        if isinstance(value, str) and value in PRESETS:
            return [{"weight": step.weight, "bake": durations.text(step.bake_seconds)} for step in PRESETS[value]]
        steps = "or a list of steps like [{weight: 10, bake: 10m}]"
        if not isinstance(value, list):
            refuse(f"{quoted(value)} is not a traffic preset; {suggestion(value, tuple(PRESETS))}, {steps}")
        if not value:
            refuse("the list has no step; write AllAtOnce for all traffic at once")
        if len(value) > MOST_STEPS:
            refuse(f"the list has {len(value)} steps; give at most {MOST_STEPS}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return both forms."""
        return {"anyOf": [{"enum": list(PRESETS)}, inner | {"minItems": 1, "maxItems": MOST_STEPS}]}


@dataclass(frozen=True)
class MappingField(FieldType):
    """Values by name, like environment variables. Names and values are checked by their own types."""

    names: FieldType
    minimum: int = 0
    maximum: int | None = None
    pairs: str = 'NAME: "value" pairs'

    def check(self, value: object) -> dict[Any, Any]:
        """Return the mapping itself."""
        if not isinstance(value, dict):
            refuse(f"{wrong_type(value, 'a mapping', secret=True)}; give {self.pairs}")
        if len(value) < self.minimum:
            refuse(f"the mapping is empty; give at least one of {self.pairs}")
        if self.maximum is not None and len(value) > self.maximum:
            refuse(f"the mapping has {len(value)} {self.pairs}; give at most {self.maximum}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return a schema that refuses other names. In pydantic's own, a name that breaks the pattern would pass."""
        (values,) = inner["patternProperties"].values()
        limits = {"minProperties": self.minimum or None, "maxProperties": self.maximum}
        given = {name: value for name, value in limits.items() if value is not None}
        return {"type": "object", "propertyNames": self.names.schema({}), "additionalProperties": values, **given}
