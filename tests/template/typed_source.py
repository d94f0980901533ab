"""The functions' own code as mypy understands it: what each name and each attribute in it means."""

from collections.abc import Iterator
from functools import cache

from mypy.build import BuildResult, build
from mypy.find_sources import create_source_list
from mypy.nodes import Expression, MemberExpr, MypyFile, TypeInfo
from mypy.options import Options
from mypy.subtypes import is_subtype
from mypy.traverser import NameAndMemberCollector
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    LiteralType,
    Type,
    TypeType,
    TypeVarType,
    UnionType,
    get_proper_type,
)
from mypy.typevars import fill_typevars_with_any

from tests.template.parsed import ROOT

FUNCTIONS = ROOT / "functions"
PACKAGE = "gantry"
Position = tuple[int, int]
"""Where an expression ends: the line and the column. Two names or attributes never end at the same place."""


@cache
def meanings(module: str) -> dict[Position, frozenset[str] | None]:
    """Return what each name or attribute in a module may mean: functions, methods, classes, constants; by full names.

    What is not ours, and a local variable, means nothing here. An attribute of an object whose class nobody tells means
    None.
    """
    tree = _built().graph[module].tree
    assert tree
    collector = NameAndMemberCollector()
    tree.accept(collector)
    expressions: list[Expression] = [*collector.name_exprs, *collector.member_exprs]
    return {(each.end_line or 0, each.end_column or 0): _meaning(each) for each in expressions}


@cache
def modules() -> dict[str, str]:
    """Return the source of each of our modules, by its name."""
    trees = {name: state.tree for name, state in _built().graph.items() if _is_ours(name)}
    return {name: (ROOT / tree.path).read_text() for name, tree in trees.items() if tree and tree.path.endswith(".py")}


@cache
def _built() -> BuildResult:
    """It takes a second, because packages and their types are not read: what they return is told to nobody."""
    options = Options()
    options.mypy_path = [str(FUNCTIONS)]
    options.explicit_package_bases = options.ignore_missing_imports = True
    options.export_types = options.preserve_asts = True
    options.check_untyped_defs = True
    options.incremental = False
    options.python_executable = None
    return build(create_source_list([str(FUNCTIONS / PACKAGE)], options), options)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == PACKAGE


def _meaning(expression: Expression) -> frozenset[str] | None:
    fullname = getattr(expression, "fullname", "")
    if _is_ours(fullname):
        return frozenset({fullname})
    if not isinstance(expression, MemberExpr):
        return frozenset()
    if isinstance(getattr(expression.expr, "node", None), MypyFile):  # of a module that is not ours
        return frozenset()
    receiver = _built().types.get(expression.expr)
    classes = _classes(receiver) if receiver else None
    if classes is None:
        return None
    return frozenset(name for each in classes for name in _attributes(each, expression.name))


def _attributes(info: TypeInfo, name: str) -> Iterator[str]:
    """The attribute of a class or its base, of every class that overrides it, and of all that implement a protocol."""
    for each in (info, *_below(info)):
        if owner := next((base for base in each.mro if name in base.names), None):
            yield f"{owner.fullname}.{name}"


@cache
def _below(info: TypeInfo) -> tuple[TypeInfo, ...]:
    return tuple(each for each in _our_classes() if each is not info and _is_below(each, info))


def _is_below(one: TypeInfo, other: TypeInfo) -> bool:
    if not other.is_protocol:
        return other in one.mro
    return is_subtype(fill_typevars_with_any(one), fill_typevars_with_any(other))


@cache
def _our_classes() -> tuple[TypeInfo, ...]:
    trees = [state.tree for name, state in _built().graph.items() if _is_ours(name)]
    nodes = [symbol.node for tree in trees if tree for symbol in tree.names.values()]
    found = {each.fullname: each for each in nodes if isinstance(each, TypeInfo) and _is_ours(each.fullname)}
    return tuple(found.values())


def _classes(kind: Type) -> frozenset[TypeInfo] | None:
    """The classes that a value of a type may have; None when nobody tells."""
    proper = get_proper_type(kind)
    match proper:
        case AnyType():
            return None
        case UnionType(items=items):
            each = [_classes(item) for item in items]
            return None if None in each else frozenset().union(*filter(None, each))
        case TypeVarType(upper_bound=inner) | TypeType(item=inner) | LiteralType(fallback=inner):
            return _classes(inner)
        case Instance(type=info):
            return frozenset({info})
        case CallableType() if proper.is_type_obj():
            return frozenset({proper.type_object()})
    return frozenset()
