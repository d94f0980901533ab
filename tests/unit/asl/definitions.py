"""The part of the Amazon States Language that the definitions use. Anything else is refused when one is read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.unit.asl.expressions import Json

ROOT = Path(__file__).parents[3]
TOKEN = ".waitForTaskToken"
_LEAVING = frozenset({"Assign", "Output", "Next", "End"})
_FIELDS = {
    "Task": _LEAVING | {"Resource", "TimeoutSeconds", "Arguments", "Retry", "Catch"},
    "Map": _LEAVING | {"Items", "MaxConcurrency", "ItemSelector", "ItemProcessor", "Catch"},
    "Choice": frozenset({"Choices", "Default", "Assign"}),
    "Succeed": frozenset({"Output"}),
    "Fail": frozenset({"Error", "Cause"}),
}
_PARTS = {
    "Retry": frozenset(
        {"ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxAttempts", "MaxDelaySeconds", "JitterStrategy"}
    ),
    "Catch": frozenset({"ErrorEquals", "Assign", "Output", "Next"}),
    "Choices": frozenset({"Condition", "Assign", "Output", "Next"}),
}
INTEGRATION = "arn:${Partition}:states:::"
"""What the name of each integration begins with. Another partition than `aws` has its own:
https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html"""
CHILD = f"{INTEGRATION}states:startExecution.sync:2"
_RESOURCES = {
    f"{INTEGRATION}lambda:invoke",
    f"{INTEGRATION}lambda:invoke{TOKEN}",
    f"{INTEGRATION}aws-sdk:dynamodb:updateItem{TOKEN}",
    CHILD,
}


@cache
def machine(name: str) -> Json:
    """Return a definition of the repository."""
    definition: Json = json.loads((ROOT / "statemachine" / f"{name}.asl.json").read_text())
    assert definition["QueryLanguage"] == "JSONata"
    require_known(definition)
    return definition


def require_known(definition: Mapping[str, Any]) -> None:
    """Assert that the interpreter knows everything that the definition says."""
    for name, state in all_states(definition):
        _require(name, state, _FIELDS[state["Type"]] | {"Type"})
        for part, fields in _PARTS.items():
            for each in state.get(part, ()):
                _require(f"{name}, {part}", each, fields)
        assert state.get("Resource") in {None, *_RESOURCES}, f"{name}: {state['Resource']}"
        # Of the orders in which iterations side by side may run, the interpreter takes one after the other.
        assert state.get("MaxConcurrency", 1) >= 1, f"{name}: how many at once?"


def all_states(definition: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
    """Return every state with its name, also those in a Map."""
    for name, state in definition["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from all_states(state["ItemProcessor"])


def handling(handlers: Sequence[Json], error: str) -> tuple[int, Json] | None:
    """Return the first of a state's retriers or catchers that matches an error, with its position."""
    for position, each in enumerate(handlers):
        names = each["ErrorEquals"]
        if error in names or "States.ALL" in names or ("States.TaskFailed" in names and error != "States.Timeout"):
            return position, each
    return None


def _require(where: str, given: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = given.keys() - known - {"Comment"}
    assert not unknown, f"{where}: the interpreter does not know {sorted(unknown)}"
