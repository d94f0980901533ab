"""The documented JSON of the commands."""

import json
from importlib import import_module
from pathlib import Path

import click
import jsonschema
import pytest

from gantry.command_line.main import COMMANDS
from gantry.command_line.schemas import PRINTED, schemas
from tests.unit.command_line.printed import require_documented

DOCUMENTED = Path(__file__).parents[3] / "docs" / "command-line.schema.json"


def test_the_schema_in_the_documentation_is_the_one_of_the_code() -> None:
    """`PYTHONPATH=functions python -m gantry.command_line.schemas` prints it."""
    assert json.loads(DOCUMENTED.read_text()) == json.loads(json.dumps(schemas()))


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schemas())


def test_every_command_with_json_has_one() -> None:
    modules = {name: f"gantry.command_line.commands.{name.replace('-', '_')}" for name in COMMANDS}
    commands = {name: import_module(module).command for name, module in modules.items()}
    groups = {name: each for name, each in commands.items() if isinstance(each, click.Group)}
    commands |= {f"{name}-{own}": each for name, group in groups.items() for own, each in group.commands.items()}
    assert {name for name, each in commands.items() if "output" in {one.name for one in each.params}} == set(PRINTED)


def test_fields_are_described_in_the_words_of_json() -> None:
    wish = schemas()["$defs"]["Steered"]["properties"]["wish"]
    assert wish["description"] == "The number of the wish among those about this canary; null where it is refused."


@pytest.mark.parametrize("printed", [[], {"approval": "1"}, {"approval": 1, "decision": None, "explanation": None}])
def test_what_is_not_as_documented_is_found(printed: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        require_documented("approve", printed)


def test_what_no_schema_knows_is_found() -> None:
    right = {"approval": "1", "decision": None, "explanation": None}
    require_documented("approve", right)
    with pytest.raises(jsonschema.ValidationError, match="unexpected"):
        require_documented("approve", right | {"more": 1})
