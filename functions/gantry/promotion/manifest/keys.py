"""What every mapping in a manifest has in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict


def _without_noise(schema: dict[str, Any]) -> None:
    """Drop pydantic's titles, and its defaults of null: a key that may be left out needs no value to complete."""
    for each in schema["properties"].values():
        each.pop("title", None)
        if each.get("default", "") is None:
            del each["default"]


class Keys(BaseModel):
    """A mapping that refuses unknown keys. Its docstring and its fields' descriptions are what an editor shows."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_without_noise)
