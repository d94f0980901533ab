"""What the code of a function can do: the AWS actions and the environment variables that its handler reaches.

Read from the source, without running it: from every definition in the handler's module along the names in it that mypy
resolves to a function, a method, a class or a constant of ours. Whether it is called there does not matter, because a
property runs without a call, and a function that is handed on is called elsewhere. A method of a port means that of
every kind.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec

from gantry.targets.registry import KINDS
from tests.template.iam_actions import IN_A_TRANSACTION, SERVICES, action_of, called, operations
from tests.template.typed_source import meanings, modules

THERE = (
    "gantry.targets.",
    "gantry.aws.alarms.",
    "gantry.aws.builds.",
    "gantry.aws.check_function.",
    "gantry.aws.infrastructure.",
    "gantry.aws.live_parameter.",
    "gantry.aws.metric_data.",
    "gantry.aws.policy_simulation.",
    "gantry.aws.referenced_versions.",
    "gantry.aws.role_rights.",
)
"""The code that has clients of the workload accounts; all other code has those of the pipeline's own."""

IMPORTED_BY_NAME = {
    "gantry.targets.registry._make": {f"{package}.making.make_kind" for package in KINDS.values()},
    "gantry.targets.registry.content_changes": {
        f"{package}.content.changes" for package in KINDS.values() if find_spec(f"{package}.content")
    },
    "gantry.targets.registry.schema_of": {f"{package}.schema.SCHEMA" for package in KINDS.values()},
}
"""What these functions of the registry take from the modules that they import."""
OTHERS_HAVE_TOO = {"get", "client", "errors", "resolve", "__init__"}
"""The methods of our adapters whose names dictionaries, boto3, pydantic's errors and Powertools' router have too."""


@dataclass(slots=True)
class Reach:
    """What some code does, and what of ours it names."""

    actions: set[str] = field(default_factory=set)
    """In the pipeline's own account."""
    there: set[str] = field(default_factory=set)
    """In the workload accounts."""
    variables: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, a method, a class without its methods, or a constant."""

    module: str
    nodes: tuple[ast.AST, ...]
    clients: dict[str, str]
    """Of a method: the type of each client that its object keeps, like {"_sts": "STSClient"}."""


@cache
def reached(handler: str) -> Reach:
    """Return everything that the handler in a module, like `gantry.handlers.event_rules.on_alarm`, reaches."""
    waiting = {name for name, each in _definitions().items() if each.module == handler}
    seen, total = set(waiting), Reach()
    while waiting:
        name = waiting.pop()
        found = _read(name)
        if name.startswith(THERE):
            total.there |= found.actions
        else:
            total.actions |= found.actions
        total.variables |= found.variables
        waiting |= found.names - seen
        seen |= found.names
    return Reach(total.actions, total.there, total.variables, seen)


def done_here(handler: str) -> set[str]:
    """Return the actions that a handler reaches with its own role, in the pipeline's account."""
    return reached(handler).actions


def done_there(handler: str) -> set[str]:
    """Return the actions that a handler reaches with a session of the target role, in a workload account."""
    return reached(handler).there


@cache
def _definitions() -> dict[str, Definition]:
    return {name: each for module, text in modules().items() for name, each in _defined(module, ast.parse(text))}


def _defined(module: str, tree: ast.Module) -> Iterator[tuple[str, Definition]]:
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name):
                yield f"{module}.{name}", Definition(module, (statement,), {})
            case ast.ClassDef(name=name):
                yield from _defined_by_class(f"{module}.{name}", module, statement)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield f"{module}.{name}", Definition(module, (statement,), {})
            case ast.Expr(ast.Call()):  # what a handler lets happen at its start
                yield f"{module}, line {statement.lineno}", Definition(module, (statement,), {})


def _defined_by_class(fullname: str, module: str, statement: ast.ClassDef) -> Iterator[tuple[str, Definition]]:
    clients = _clients(statement)
    methods = [each for each in statement.body if isinstance(each, ast.FunctionDef)]
    for each in methods:
        yield f"{fullname}.{each.name}", Definition(module, (each,), clients)
    called_by_name = [each for each in methods if not _runs_by_itself(each)]
    rest = [each for each in ast.iter_child_nodes(statement) if each not in called_by_name]
    yield fullname, Definition(module, tuple(rest), clients)


def _runs_by_itself(method: ast.FunctionDef) -> bool:
    """Whether whoever makes an object runs it: `__init__` and the like, and what pydantic calls."""
    decorators = {ast.unparse(each).partition("(")[0] for each in method.decorator_list}
    return method.name.startswith("__") or any(each.endswith(("validator", "serializer")) for each in decorators)


def _clients(adapter: ast.ClassDef) -> dict[str, str]:
    """The type of each client that `__init__` keeps."""
    found: dict[str, str] = {}
    for method in adapter.body:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            types = {arg.arg: ast.unparse(arg.annotation).strip("'\"") for arg in method.args.args if arg.annotation}
            for kept in ast.walk(method):
                if isinstance(kept, ast.Assign) and isinstance(kept.value, ast.Name) and kept.value.id in types:
                    found[ast.unparse(kept.targets[0]).removeprefix("self.")] = types[kept.value.id]
    return {attribute: kind for attribute, kind in found.items() if kind in SERVICES}


@cache
def _read(name: str) -> Reach:
    found = Reach(names=set(IMPORTED_BY_NAME.get(name, ())))
    if definition := _definitions().get(name):
        given = _arguments(definition)
        for node in (each for outer in definition.nodes for each in ast.walk(outer)):
            match node:
                case ast.Dict():
                    keys = {str(key.value) for key in node.keys if isinstance(key, ast.Constant)}
                    found.actions |= {IN_A_TRANSACTION[key] for key in keys & IN_A_TRANSACTION.keys()}
                case ast.Subscript(value=ast.Attribute(attr="_environment"), slice=variable):
                    found.variables.add(ast.literal_eval(variable))
                case ast.Call(func=ast.Attribute(ast.Attribute(attr="_environment"), "get"), args=[variable, *_]):
                    found.variables.add(ast.literal_eval(variable))
                case ast.Call(func=ast.Attribute(client, "get_paginator"), args=[operation]):
                    found.actions.add(action_of(definition.clients[_kept(client)], ast.literal_eval(operation)))
                case ast.Attribute(ast.Attribute(ast.Attribute(client, "meta"), "client"), method):
                    found.actions |= called(definition.clients[_kept(client)], method)
                case ast.Attribute(client, method) if _kept(client) in definition.clients:
                    found.actions |= called(definition.clients[_kept(client)], method, given.get(node, frozenset()))
                case ast.Name() | ast.Attribute():
                    found.names |= _named(node, definition.module)
    return found


def _arguments(definition: Definition) -> dict[ast.AST, frozenset[str]]:
    """The names of the arguments that each call in a definition gives, by what is called."""
    calls = [each for outer in definition.nodes for each in ast.walk(outer) if isinstance(each, ast.Call)]
    return {each.func: frozenset(given.arg for given in each.keywords if given.arg) for each in calls}


def _kept(node: ast.expr) -> str:
    """The attribute of `self` that an expression is; empty when it is none."""
    match node:
        case ast.Attribute(ast.Name("self"), name):
            return name
        case _:
            return ""


def _named(node: ast.Name | ast.Attribute, module: str) -> frozenset[str]:
    meaning = meanings(module).get((node.end_lineno or 0, node.end_col_offset or 0), frozenset())
    if meaning is None:
        assert isinstance(node, ast.Attribute)
        assert node.attr not in _only_of_adapters(), f"{module}:{node.lineno}: nobody tells whose {node.attr} this is"
    return meaning or frozenset()


@cache
def _only_of_adapters() -> frozenset[str]:
    """The calls of AWS, and the methods of our adapters."""
    calls = {method for service, _ in SERVICES.values() for method in operations(service)}
    methods = {name.rpartition(".")[2] for name, each in _definitions().items() if each.clients}
    return frozenset(calls | methods) - OTHERS_HAVE_TOO
