"""The two templates and the three definitions, parsed, and ways to walk through them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = ROOT / "template.yaml"
TARGET = ROOT / "target" / "template.yaml"
MACHINES = ("promotion", "deployment", "rollback")


@cache
def template(path: Path = PIPELINE) -> Mapping[str, Any]:
    """A template, with `!Ref X` as {"Ref": "X"} and the like."""
    parsed: Mapping[str, Any] = yaml_parse(path.read_text())
    return parsed


def resources(kind: str, path: Path = PIPELINE) -> dict[str, Mapping[str, Any]]:
    """The properties of a template's resources of one type, by logical id."""
    found = template(path)["Resources"].items()
    return {name: resource.get("Properties", {}) for name, resource in found if resource["Type"] == kind}


def functions() -> dict[str, Mapping[str, Any]]:
    """The functions by the name that they share with their state and their module: `ShiftTraffic`."""
    return {name.removesuffix("Function"): own for name, own in resources("AWS::Serverless::Function").items()}


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the approval API: its properties, and the function that it leads to."""

    own: Mapping[str, Any]
    function: str


def routes() -> dict[str, Route]:
    """The routes by their key: `GET /approvals/{link}`."""
    found = {}
    for own in resources("AWS::ApiGatewayV2::Route").values():
        (integration,) = re.findall(r"^integrations/\$\{(\w+)\}$", own["Target"]["Fn::Sub"])
        uri = resources("AWS::ApiGatewayV2::Integration")[integration]["IntegrationUri"]
        found[own["RouteKey"]] = Route(own, uri["Fn::GetAtt"][0].removesuffix("Function"))
    return found


def module_of(name: str) -> str:
    """The file of a function, without its folder: `shift_traffic`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def handler_of(name: str) -> str:
    """The module that a function runs, with its folder: `gantry.handlers.deployment_machine.shift_traffic`."""
    return str(functions()[name]["Handler"]).removesuffix(".handler")


def path_of(module: str) -> Path:
    """Where a module of the functions lies."""
    return ROOT.joinpath("functions", *module.split(".")).with_suffix(".py")


def function_statements(function: str) -> list[Mapping[str, Any]]:
    """What a function's role allows: the statements of its own, and of the managed policies that it has."""
    documents = [managed_policy(each["Ref"]) if "Ref" in each else each for each in policies(function)]
    return [if_there(each) for document in documents for each in document["Statement"]]


def policies(function: str) -> list[Mapping[str, Any]]:
    """The policies of a function; a conditional one is taken as if it were there."""
    return [if_there(each) for each in functions()[function]["Policies"]]


def if_there(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a template has on a condition, as if it were met."""
    found: Mapping[str, Any] = value["Fn::If"][1] if "Fn::If" in value else value
    return found


def own_statements(function: str) -> list[Mapping[str, Any]]:
    """What stands at the function itself, and not in a policy that several share."""
    own = [each for each in policies(function) if "Ref" not in each]
    return [if_there(statement) for each in own for statement in each["Statement"]]


def managed_policy(name: str) -> Mapping[str, Any]:
    """The document of a managed policy."""
    document: Mapping[str, Any] = resources("AWS::IAM::ManagedPolicy")[name]["PolicyDocument"]
    return document


def role_statements(role: str, path: Path = PIPELINE) -> list[Mapping[str, Any]]:
    """The inline statements of a role that is written by hand; a conditional one is taken as if it were there."""
    written = template(path)["Resources"][role]["Properties"]["Policies"]
    return [if_there(each) for policy in written for each in policy["PolicyDocument"]["Statement"]]


def actions(statements: list[Mapping[str, Any]]) -> set[str]:
    """What statements allow to do."""
    return {action for statement in statements for action in as_list(statement["Action"])}


ANY_ITEM = "*"


def limits(statement: Mapping[str, Any]) -> list[str]:
    """The partitions of a table that a statement is limited to, as patterns."""
    limit = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
    found: list[str] = limit.get("dynamodb:LeadingKeys", [ANY_ITEM])
    return found


def as_list(value: Any) -> list[Any]:
    """The value, or the one thing it is, as a list."""
    return value if isinstance(value, list) else [value]


def strings(value: Any) -> Iterator[str]:
    """Every string in a piece of a template."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


@dataclass(frozen=True, slots=True)
class Graph:
    """States that lead to each other: a machine's own, or those inside one of its Map states."""

    where: str
    start: str
    states: Mapping[str, Mapping[str, Any]]


@cache
def definition(machine: str) -> Mapping[str, Any]:
    """A machine's definition."""
    parsed: Mapping[str, Any] = json.loads(source(machine))
    return parsed


def source(machine: str) -> str:
    """A machine's definition as it is written."""
    return (ROOT / "statemachine" / f"{machine}.asl.json").read_text()


def graphs(machine: str) -> list[Graph]:
    """Every graph of a machine, the outer ones first."""
    return list(_graphs(machine, definition(machine)))


def _graphs(where: str, graph: Mapping[str, Any]) -> Iterator[Graph]:
    yield Graph(where, graph["StartAt"], graph["States"])
    for name, state in graph["States"].items():
        for inner in [state.get("ItemProcessor"), *state.get("Branches", [])]:
            if inner:
                yield from _graphs(f"{where}.{name}", inner)


def states(machine: str) -> dict[str, Mapping[str, Any]]:
    """Every state of a machine by its name."""
    return {name: state for graph in graphs(machine) for name, state in graph.states.items()}


def tasks(machine: str) -> dict[str, Mapping[str, Any]]:
    """Every Task state of a machine by its name."""
    return {name: state for name, state in states(machine).items() if state["Type"] == "Task"}


def lambda_tasks(machine: str) -> dict[str, Mapping[str, Any]]:
    """The tasks that invoke a function."""
    return {name: task for name, task in tasks(machine).items() if ":lambda:invoke" in task["Resource"]}


MERGED = re.compile(r"{% \$merge\(\[\$(?:task|here), {(.*)}\]\) %}")
"""What a task is sent: what all tasks are sent, and what only this one is."""
KEY = re.compile(r"'(\w+)':")


def sent_keys(machine: str, task: str) -> set[str]:
    """The keys of what a task sends to its function."""
    payload = tasks(machine)[task]["Arguments"]["Payload"]
    if not isinstance(payload, str):
        return set(payload)
    merged = MERGED.fullmatch(payload)
    assert merged, f"{task} sends {payload}"
    return {*KEY.findall(merged[1]), *set.union(*(set(each) for each in assigned(machine, "task")))}


def assigned(machine: str, variable: str) -> list[Any]:
    """Every value that a machine assigns to a variable, as its definition says it."""
    ways = [way for state in states(machine).values() for way in ways_on(state)]
    return [way["Assign"][variable] for way in ways if variable in way.get("Assign", {})]


def ways_on(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A state and each of its catchers and choices: whatever may say what comes next, and assign something."""
    return [state, *state.get("Catch", []), *state.get("Choices", [])]


def machine_resource(machine: str) -> Mapping[str, Any]:
    """A machine's properties in the template."""
    own: Mapping[str, Any] = resources("AWS::Serverless::StateMachine")[f"{machine.capitalize()}Machine"]
    return own
