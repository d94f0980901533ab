"""The shape of the code: imports run downwards only, the rules know no I/O and no kind, and a file fits in the head."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).parents[2] / "functions"
GANTRY = FUNCTIONS / "gantry"
LAYERS = ("handlers", "command_line", "use_cases", "targets", "artifacts", "git_hosts", "aws", "promotion")
"""From top to bottom. A layer imports from those below it and from itself."""
EVERYWHERE_BUT_IN_THE_RULES = "observability"
FILES = sorted(GANTRY.rglob("*.py"))
IO = {"boto3", "botocore", "os", "io", "pathlib", "socket", "urllib", "http", "subprocess", "time", "random", "secrets"}
"""What rules have no use for: other services, the environment, the clock and chance."""
CLOCK = re.compile(r"\b(now|utcnow|today)\(")
OF_A_KIND = re.compile(
    r"image_digest|RevisionId|AdditionalVersionWeights|function_name|\blambda_|\bLambda\b|\bLATEST\b|\balias(?:es)?\b|\bECS\b",
)
OF_YAML = {"gantry.promotion.manifest.yaml_bounds"}
"""Here an alias is YAML's: https://yaml.org/spec/1.2.2/#71-alias-nodes"""
NOWHERE_BUT_WITH_THE_KINDS = ("image_digest", "RevisionId", "AdditionalVersionWeights", "function_name")
ABOUT_FUNCTIONS = re.compile(r"gantry\.command_line\.adoption\.")
"""`gantry adopt` describes functions that exist, so it knows what a function is; it is in the wheel only."""
LONGEST_FILE, LONGEST_FUNCTION = 200, 30
"""Lines."""


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(FUNCTIONS).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(file): file for file in FILES}
names = pytest.mark.parametrize("name", MODULES)


def imports(name: str) -> Iterator[str]:
    """Every module of ours that a module imports, also for types only and inside functions."""
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            module = str(node.module)
            inside = [f"{module}.{each.name}" for each in node.names]
            yield from (each if each in MODULES else module for each in inside if each in MODULES or module in MODULES)


def layer(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def outside(name: str) -> set[str]:
    """The first names of what a module imports that is not ours."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0])
    return found


@names
def test_imports_run_downwards_only(name: str) -> None:
    own = layer(name)
    if own in {"", EVERYWHERE_BUT_IN_THE_RULES}:
        assert not list(imports(name))
        return
    below = {*LAYERS[LAYERS.index(own) :], EVERYWHERE_BUT_IN_THE_RULES}
    if own == "promotion":
        below = {"promotion"}
    if own == "command_line":
        below -= {"handlers"}
    upward = [each for each in imports(name) if layer(each) not in below]
    assert upward == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    finished: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join([*way[way.index(name) :], name])
        if name not in finished:
            for each in imports(name):
                visit(each, (*way, name))
            finished.add(name)

    for name in MODULES:
        visit(name, ())


@pytest.mark.parametrize("name", [name for name in MODULES if layer(name) == "promotion"])
def test_the_rules_know_no_io_no_clock_and_no_kind(name: str) -> None:
    assert outside(name) & IO == set()
    text = MODULES[name].read_text()
    assert CLOCK.findall(text) == []
    assert [word for word in OF_A_KIND.findall(text) if name not in OF_YAML or "alias" not in word] == []


def test_kinds_are_imported_by_the_registry_only_when_a_target_has_them() -> None:
    kinds = {name for name in MODULES if re.match(r"gantry\.targets\.\w+\.", name)}
    importers = {name for name in MODULES if name not in kinds and kinds & set(imports(name))}
    assert kinds
    assert {name for name in importers if not ABOUT_FUNCTIONS.match(name)} == set()


@pytest.mark.parametrize("word", NOWHERE_BUT_WITH_THE_KINDS)
def test_what_only_a_kind_or_an_artifact_knows_is_named_nowhere_else(word: str) -> None:
    others = [file for file in FILES if layer(name_of(file)) not in {"targets", "artifacts"}]
    found = [name_of(file) for file in others if word in file.read_text()]
    assert [name for name in found if not ABOUT_FUNCTIONS.match(name)] == []


@names
def test_a_file_fits_in_the_head(name: str) -> None:
    text = MODULES[name].read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
    assert [node.name for node in functions if _lines(node) > LONGEST_FUNCTION] == []


def _lines(function: ast.FunctionDef) -> int:
    """Without its docstring, which says as much as it has to."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("name", [name for name in MODULES if name != "gantry.command_line.waiting"])
def test_no_function_waits(name: str) -> None:
    assert not re.search(r"\bsleep\(|import sleep", MODULES[name].read_text())


def test_a_wheel_would_install_nothing_but_gantry() -> None:
    assert [path.name for path in FUNCTIONS.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()] == [
        "gantry"
    ]
