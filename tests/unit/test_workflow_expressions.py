"""The tests' own reading of GitHub's expressions, which the stories of the examples rest on."""

from typing import Any

import pytest

from tests.workflows.expressions import evaluate, filled, is_true

CONTEXT: dict[str, Any] = {
    "github": {"event": {"head_commit": {"message": "It's"}}, "ref": "refs/heads/main"},
    "inputs": {"dry-run": True, "service": ""},
}
FUNCTIONS = {"hashFiles": lambda path: "" if path == "none" else "a1"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.ref", "refs/heads/main"),
        ("github.missing.too", None),
        ("inputs.dry-run && 'yes' || 'no'", "yes"),
        ("inputs.service || 'none'", "none"),
        ("!contains(github.event.head_commit.message, 'IT''S')", False),
        ("hashFiles('none') != ''", False),
        ("inputs.service == '' && (inputs.dry-run == 'false' || true)", True),
    ],
)
def test_an_expression_has_its_value(text: str, value: object) -> None:
    assert evaluate(text, CONTEXT, FUNCTIONS) == value


def test_expressions_are_filled_in_wherever_they_stand() -> None:
    given = {"a": "x-${{ inputs.dry-run }}", "b": ["${{ github.ref }}", 3]}
    assert filled(given, CONTEXT, FUNCTIONS) == {"a": "x-true", "b": ["refs/heads/main", 3]}


@pytest.mark.parametrize("condition", ["inputs.dry-run", "${{ inputs.dry-run }}"])
def test_a_condition_needs_no_braces(condition: str) -> None:
    assert is_true(condition, CONTEXT, FUNCTIONS)
