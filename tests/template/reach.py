"""What the code of a function can do: the AWS actions and the environment variables that its handler reaches.

Read from the source, without running it: from every definition in the handler's module along the names in it, because
a property runs without a call, and a function that is handed on is called elsewhere. On an object whose class the
source does not tell, a call is taken to mean the method of that name of every class that the module knows, and anything
else the property.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name

from tests.template.parsed import ROOT

FUNCTIONS = ROOT / "functions"

SERVICES = {
    "CloudWatchClient": ("cloudwatch", "cloudwatch"),
    "ECRClient": ("ecr", "ecr"),
    "EventBridgeClient": ("events", "events"),
    "LambdaClient": ("lambda", "lambda"),
    "S3Client": ("s3", "s3"),
    "SESV2Client": ("sesv2", "ses"),
    "SFNClient": ("stepfunctions", "states"),
    "SNSClient": ("sns", "sns"),
    "STSClient": ("sts", "sts"),
    "Table": ("dynamodb", "dynamodb"),
}
"""By the type of a client: the SDK's name of the service, and the prefix of its IAM actions."""

IN_A_TRANSACTION = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
"""A transaction has no action of its own:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"""

NAMED_OTHERWISE = {"lambda:Invoke": "lambda:InvokeFunction"}
"""Calls whose IAM action has another name:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""

AT_HOME = {"lambda:InvokeFunction"}
"""What is done to the pipeline's own functions, of a service that is otherwise called in the workload accounts."""


@dataclass(slots=True)
class Reach:
    """What some code does, and what it names: (what the name is on, or "", the name, and whether it is called)."""

    actions: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    names: set[tuple[str, str, bool]] = field(default_factory=set)
    is_property: bool = False


@dataclass(frozen=True, slots=True)
class Module:
    """A module's definitions by (class or "", name), and what it imports of ours: names and where from, and modules."""

    definitions: dict[tuple[str, str], Reach]
    imports: dict[str, str]
    modules: dict[str, str]


@cache
def reached(handler: str) -> Reach:
    """Everything that the handler in `functions/gantry/handlers/<handler>.py` reaches."""
    start = f"gantry.handlers.{handler}"
    waiting = [(start, key) for key in _module(start).definitions]
    seen, total = set(waiting), Reach()
    while waiting:
        where, key = waiting.pop()
        found = _module(where).definitions[key]
        total.actions |= found.actions
        total.variables |= found.variables
        fresh = {target for named in found.names for target in _targets(where, named)} - seen
        seen |= fresh
        waiting += fresh
    return total


def done_here(handler: str) -> set[str]:
    """The actions that a handler reaches with its own role, in the pipeline's account."""
    return reached(handler).actions - done_there(handler)


def done_there(handler: str) -> set[str]:
    """The actions that a handler reaches with a session of the target role, in a workload account."""
    there = {action for action in reached(handler).actions if action.startswith(("lambda:", "cloudwatch:"))}
    return there - AT_HOME


def _targets(where: str, named: tuple[str, str, bool]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The definitions that a name may mean."""
    module, (owner, name, is_called) = _module(where), named
    classes = {own: where for own, _ in module.definitions if own} | module.imports
    if owner in module.modules:
        candidates = [(module.modules[owner], ("", name))]
    elif owner in classes:
        candidates = [(classes[owner], (owner, name))]
    elif owner:  # on some object: any class' that this module knows
        ours = [(origin, (known, name)) for known, origin in classes.items()]
        candidates = [(origin, key) for origin, key in ours if is_called or _is_property(origin, key)]
    elif name in classes:
        candidates = [(classes[name], ("", name)), (classes[name], (name, "__init__"))]
    else:
        candidates = [(where, ("", name))]
    return ((origin, key) for origin, key in candidates if key in _module(origin).definitions)


def _is_property(origin: str, key: tuple[str, str]) -> bool:
    definitions = _module(origin).definitions
    return key in definitions and definitions[key].is_property


@cache
def _module(name: str) -> Module:
    parsed = ast.parse(_path(name).read_text())
    imported = [
        (alias.asname or alias.name, statement.module, f"{statement.module}.{alias.name}")
        for statement in parsed.body
        if isinstance(statement, ast.ImportFrom) and statement.module
        for alias in statement.names
    ]
    definitions = {}
    for statement in parsed.body:
        if isinstance(statement, ast.FunctionDef):
            definitions["", statement.name] = _read(statement, "", {})
        elif isinstance(statement, ast.ClassDef):
            clients = _clients(statement)
            for method in statement.body:
                if isinstance(method, ast.FunctionDef):
                    definitions[statement.name, method.name] = _read(method, statement.name, clients)
    return Module(
        definitions,
        imports={own: module for own, module, _ in imported if _path(module).exists()},
        modules={own: module for own, _, module in imported if _path(module).exists()},
    )


def _path(module: str) -> Path:
    return FUNCTIONS.joinpath(*module.split(".")).with_suffix(".py")


def _clients(adapter: ast.ClassDef) -> dict[str, str]:
    """The type of each client that `__init__` keeps: {"_sts": "STSClient"}."""
    found: dict[str, str] = {}
    for method in adapter.body:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            types = {arg.arg: ast.unparse(arg.annotation).strip("'\"") for arg in method.args.args if arg.annotation}
            for kept in ast.walk(method):
                if isinstance(kept, ast.Assign) and isinstance(kept.value, ast.Name) and kept.value.id in types:
                    found[ast.unparse(kept.targets[0]).removeprefix("self.")] = types[kept.value.id]
    return {attribute: kind for attribute, kind in found.items() if kind.endswith("Client") or kind == "Table"}


def _read(function: ast.FunctionDef, owner: str, clients: dict[str, str]) -> Reach:
    found = Reach(is_property="property" in map(ast.unparse, function.decorator_list))
    called = {call.func for call in ast.walk(function) if isinstance(call, ast.Call)}
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            found.variables.add(ast.literal_eval(node.slice))
        elif isinstance(node, ast.Dict):
            names = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            found.actions |= {IN_A_TRANSACTION[str(name)] for name in names & IN_A_TRANSACTION.keys()}
        elif isinstance(node, ast.Call):
            found.actions |= _actions(node, clients)
        elif isinstance(node, ast.Name | ast.Attribute):
            found.names.add((*_named(node, owner), node in called))
    return found


def _actions(call: ast.Call, clients: dict[str, str]) -> set[str]:
    match call.func:
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr=kept), attr=method) if kept in clients:
            operation = ast.literal_eval(call.args[0]) if method == "get_paginator" else method
            return {_action(clients[kept], operation)}
        case _:
            return set()


def _named(node: ast.Name | ast.Attribute, owner: str) -> tuple[str, str]:
    match node:
        case ast.Name(id=name):
            return "", name
        case ast.Attribute(value=ast.Name(id=("self" | "cls")), attr=name):
            return owner, name
        case ast.Attribute(value=ast.Name(id=before), attr=name):
            return before, name
        case ast.Attribute(attr=name):
            return "an object", name


def _action(client: str, method: str) -> str:
    """The IAM action of an SDK call, which must be one that the service really has."""
    service, prefix = SERVICES[client]
    operation = {xform_name(name): name for name in _operations(service)}[method]
    action = f"{prefix}:{operation}"
    return NAMED_OTHERWISE.get(action, action)


@cache
def _operations(service: str) -> tuple[str, ...]:
    return tuple(botocore.session.get_session().get_service_model(service).operation_names)
