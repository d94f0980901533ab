"""What each command prints with `--output json`, as JSON schemas. No command imports them.

`python -m gantry.command_line.schemas` prints what docs/command-line.schema.json has.
"""

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gantry.command_line.answering import Answered
from gantry.command_line.following import Followed
from gantry.command_line.quarantine_list import Quarantined
from gantry.command_line.results.adopted import Adopted
from gantry.command_line.results.approvals import OpenApproval
from gantry.command_line.results.checked import CheckedManifest
from gantry.command_line.results.configuration import ConfigurationChange
from gantry.command_line.results.history import History
from gantry.command_line.results.status import Status
from gantry.command_line.results.synced import Synced
from gantry.command_line.results.written_live import WrittenLive
from gantry.command_line.steering import Steered
from gantry.promotion.board.explanation import Explanation
from gantry.promotion.drift.report import DriftReport
from gantry.promotion.preview.preview import Preview
from gantry.use_cases.write_back.planning import PlannedEnvironment

Json: TypeAlias = dict[str, Any]

PRINTED: Mapping[str, Any] = {
    "status": Status,
    "preview": Preview,
    "promote": Followed | ConfigurationChange | Preview,
    "rollback": Followed,
    "pause": list[Steered],
    "resume": list[Steered],
    "advance": list[Steered],
    "abort": list[Steered],
    "approvals": list[OpenApproval],
    "approve": Answered,
    "reject": Answered,
    "history": History,
    "why": Explanation,
    "quarantine": list[Quarantined],
    "drift": DriftReport,
    "adopt": Adopted,
    "manifest-check": list[CheckedManifest],
    "manifest-sync": Synced,
    "write-back": list[PlannedEnvironment],
    "write-live": list[WrittenLive],
}
"""By command, the type of what it prints; the words of a command are joined by hyphens."""
_IN_JSON = {"None": "null", "True": "true", "False": "false"}
_PYTHONS = re.compile(r"\b(None|True|False)\b")


def schemas() -> Json:
    """Return one schema that has, for each command, what it prints, as a definition of the command's name."""
    kinds = [(command, "serialization", TypeAdapter(kind)) for command, kind in PRINTED.items()]
    by_command, shared = TypeAdapter.json_schemas(
        kinds,  # type: ignore[arg-type]  # the mode is a literal
        schema_generator=_WithDocstrings,
    )
    of_commands = {command: schema for (command, _), schema in by_command.items()}
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "What gantry prints with --output json",
        "anyOf": [{"$ref": f"#/$defs/{command}"} for command in of_commands],
        "$defs": of_commands | shared["$defs"],
    }


class _WithDocstrings(GenerateJsonSchema):
    """With the text below a field as its description, as people read it in the code."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        found = super().dataclass_schema(schema)
        for each in filter(is_dataclass, schema["cls"].__mro__):
            for name, text in _field_texts(each).items():
                found["properties"][name].setdefault("description", text)
        return found


def _field_texts(record: type[Any]) -> dict[str, str]:
    """Return the text below each field of a dataclass that has one."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    found: dict[str, str] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):  # type: ignore[attr-defined]  # it is a class
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                found[name] = _PYTHONS.sub(lambda word: _IN_JSON[word[0]], inspect.cleandoc(words))
    return found


if __name__ == "__main__":
    print(json.dumps(schemas(), indent=2))
