"""Holds what a command has printed to its documented JSON schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema

_DOCUMENTED = Path(__file__).parents[3] / "docs" / "command-line.schema.json"


def require_documented(command: str, printed: Any) -> None:
    """Raise where it is not as documented, or has something that is not documented at all."""
    documented = json.loads(_DOCUMENTED.read_text())
    for each in documented["$defs"].values():
        if "properties" in each:  # programs have to expect more, but these tests want to know of it
            each["additionalProperties"] = False
    schema = {"$schema": documented["$schema"], "$ref": f"#/$defs/{command}", "$defs": documented["$defs"]}
    jsonschema.validate(printed, schema)
