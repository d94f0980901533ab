"""What all messages in the code keep, whoever raises them: several sentences end in a full stop."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gantry.promotion import errors
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.visible_text import ended

ROOT = Path(__file__).parents[3] / "functions" / "gantry"
FILES = sorted(ROOT.rglob("*.py"))
ENDED_BY_THEMSELVES = {
    *(name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, GantryError)),
    "CommandError",
}
"""Their constructors end what they are given. test_sentences.py shows it for each."""
SAID_UNDER = {"error", "message"}
"""Keys of JSON that a person reads."""


def text_of(node: ast.expr | None, names: dict[str, ast.expr]) -> str | None:
    """The text that an expression makes, with a word for each value in it; None where it is not written there."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(text_of(each, names) or "" for each in values)
        case ast.FormattedValue():
            return "value"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (text_of(left, names) or "value") + (text_of(right, names) or "value")
        case ast.Name(id=name) if name in names:
            return text_of(names[name], {key: each for key, each in names.items() if key != name})
    return None


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def said_in(tree: ast.AST) -> Iterator[tuple[str, int, str]]:
    """Who is given each message of a module, on which line, and what it is."""
    names = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node).endswith(("Error", "Exception", "BadParameter")):
            yield from ((called(node), node.lineno, said) for each in node.args if (said := text_of(each, names)))
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in SAID_UNDER and (said := text_of(value, names)):
                    yield str(key.value), node.lineno, said


def unended(tree: ast.AST) -> list[str]:
    return [
        f"{line}: {said}" for by, line, said in said_in(tree) if by not in ENDED_BY_THEMSELVES and ended(said) != said
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_message_of_several_sentences_ends_in_a_full_stop(file: Path) -> None:
    assert unended(ast.parse(file.read_text())) == []


def test_the_messages_are_seen() -> None:
    """Hundreds of them; also those that have a name first, and those with values in them."""
    seen = [each for file in FILES for each in said_in(ast.parse(file.read_text()))]
    assert len(seen) > 300
    code = 'm = f"It is {x}. Give {y}"\nraise click.UsageError(m)\nreply({"error": "No. " + "Not now"})'
    assert unended(ast.parse(code)) == ["2: It is value. Give value", "3: No. Not now"]
    assert unended(ast.parse('raise InvalidRequestError("No. Not now")')) == []
