"""The kinds of field that hold more than one value: lists, traffic plans and environment variables."""

from dataclasses import dataclass
from typing import Any

from gantry.promotion import durations
from gantry.promotion.manifest.field_types import FieldType, refuse
from gantry.promotion.manifest.messages import mismatch, one_of, show
from gantry.promotion.traffic_presets import PRESETS


@dataclass(frozen=True)
class ListField(FieldType):
    """A list; its items are checked by their own kind."""

    what: str
    """`alarms' names`"""
    least: int = 0
    most: int | None = None
    unique: bool = False

    def check(self, value: object) -> list[Any]:
        """Return the list itself. That items do not repeat is one of the `rules`, which name the second."""
        if not isinstance(value, list):
            refuse(f"{mismatch(value, 'a list')}; give a list of {self.what}")
        if len(value) < self.least:
            refuse(f"the list of {self.what} is empty; give at least one")
        if self.most is not None and len(value) > self.most:
            refuse(f"the list has {len(value)} {self.what}; give at most {self.most}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """The size, and whether items may repeat."""
        limits = {"minItems": self.least or None, "maxItems": self.most, "uniqueItems": self.unique or None}
        return inner | {name: value for name, value in limits.items() if value is not None}


@dataclass(frozen=True)
class TrafficField(FieldType):
    """The name of a preset, or a list of steps; the field holds the steps."""

    def check(self, value: object) -> list[Any]:
        """Return the list of steps as it would have been written out."""
        if isinstance(value, str) and value in PRESETS:
            return [{"weight": step.weight, "bake": durations.text(step.bake_seconds)} for step in PRESETS[value]]
        steps = "or a list of steps like [{weight: 10, bake: 10m}]"
        if not isinstance(value, list):
            refuse(f"{show(value)} is not a traffic preset; {one_of(value, tuple(PRESETS))}, {steps}")
        if not value:
            refuse("the list has no step; write AllAtOnce for all traffic at once")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Either form."""
        return {"anyOf": [{"enum": list(PRESETS)}, inner | {"minItems": 1}]}


@dataclass(frozen=True)
class MappingField(FieldType):
    """Environment variables by name; names and values are checked by their own kinds."""

    names: FieldType

    def check(self, value: object) -> dict[Any, Any]:
        """Return the mapping itself."""
        if not isinstance(value, dict):
            refuse(f'{mismatch(value, "a mapping", secret=True)}; give NAME: "value" pairs')
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Pydantic's own puts the names' pattern where other names would pass."""
        (values,) = inner["patternProperties"].values()
        return {"type": "object", "propertyNames": self.names.schema({}), "additionalProperties": values}
