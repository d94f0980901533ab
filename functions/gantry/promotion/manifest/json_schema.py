"""The JSON schema by which editors check and complete a manifest."""

import json
from typing import Any

from gantry.promotion.manifest.artifact_source import ARTIFACT, REPOSITORY
from gantry.promotion.manifest.kinds import KIND, Schemas, default_kind
from gantry.promotion.manifest.model import ManifestKeys
from gantry.promotion.manifest.target_schema import TargetSchema

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(schemas: Schemas) -> str:
    """Return the schema of a manifest that may name these kinds of target.

    It knows the shape of every key. In an environment it takes the configuration of every kind, whatever the targets'
    kinds are there: only the reader compares the two.
    """
    schema = ManifestKeys.model_json_schema()
    schema["oneOf"] = [
        {"required": [REPOSITORY, "versioning"], "properties": {ARTIFACT: False}},
        {
            "required": [ARTIFACT],
            "properties": {ARTIFACT: {"type": "object"}, REPOSITORY: False, "versioning": False},
        },
    ]
    definitions = schema["$defs"]
    targets = [_add(definitions, _target(each, default_kind(schemas))) for each in schemas.values()]
    configuration = _add(definitions, _configuration(schemas))
    environment = definitions["EnvironmentKeys"]["properties"]
    environment["targets"]["items"] = targets[0] if len(targets) == 1 else {"anyOf": targets}
    for holder in (schema["properties"], environment):
        holder["configuration"] |= configuration
    return json.dumps({"$schema": _DIALECT, **schema, "$defs": dict(sorted(definitions.items()))}, indent=2) + "\n"


def _target(schema: TargetSchema, default: str | None) -> dict[str, Any]:
    written = schema.target_keys.model_json_schema()
    described = "The target's kind." if default is None else f"The target's kind; {default} when not given."
    kind = {"const": schema.kind, "description": described}
    if schema.kind != default:
        written["required"] = [KIND, *written["required"]]
    return written | {"properties": {KIND: kind, **written["properties"]}}


def _configuration(schemas: Schemas) -> dict[str, Any]:
    """Return the keys of every kind. A key that several kinds know takes what one of them does."""
    every = [schema.configuration_keys.model_json_schema() for schema in schemas.values()]
    if len(every) == 1:
        return every[0]
    forms: dict[str, list[dict[str, Any]]] = {}
    for written in every:
        for key, form in written["properties"].items():
            forms.setdefault(key, []).append(form)
    return {
        "additionalProperties": False,
        "description": "What a release configures besides its code, for every kind of target.",
        "properties": {key: each[0] if len(each) == 1 else _any_of(each) for key, each in forms.items()},
        "title": "ConfigurationKeys",
        "type": "object",
        "$defs": {name: each for written in every for name, each in written.get("$defs", {}).items()},
    }


def _any_of(forms: list[dict[str, Any]]) -> dict[str, Any]:
    return {"anyOf": forms, "description": forms[0]["description"]}


def _add(definitions: dict[str, Any], written: dict[str, Any]) -> dict[str, str]:
    """Add a schema and those that it refers to, and return the reference to it."""
    definitions.update(written.pop("$defs", {}))
    definitions[written["title"]] = written
    return {"$ref": f"#/$defs/{written['title']}"}
