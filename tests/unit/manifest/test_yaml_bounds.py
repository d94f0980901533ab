import re

import pytest

from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.yaml_bounds import DEEPEST, LONGEST_TEXT, MOST_ALIASES, MOST_NODES
from gantry.promotion.manifest.yaml_text import LARGEST, read

ALIAS = r" \(a YAML alias, like \*name, counts as what it stands for\)"
COUNT = rf"up to here there are too many keys and values{ALIAS}; give 20000 at most"


def refusal(written: str) -> str:
    with pytest.raises(ManifestError) as refused:
        read(written)
    return str(refused.value)


def merges(levels: int, each: int) -> str:
    """Mappings of which each merges the one before it several times."""
    lines = [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * each)}]}}" for n in range(1, levels)]
    return "\n".join(["a0: &a0 {k: v}", *lines])


def lists(levels: int, each: int) -> str:
    """Lists of which each holds the one before it several times."""
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * each)}]" for n in range(1, levels)]
    return "\n".join(["a0: &a0 [x]", *lines])


@pytest.mark.parametrize("bomb", [merges(10, 9), merges(9, 5), lists(10, 9), lists(19, 2)])
def test_aliases_that_multiply_are_refused_before_they_are_written_out(bomb: str) -> None:
    assert len(bomb) < 1024
    assert re.search(rf"^line \d+, column \d+: {COUNT}$", refusal(bomb))


def test_aliases_that_do_not_multiply_are_read() -> None:
    assert read(merges(8, 1)) == {f"a{n}": {"k": "v"} for n in range(8)}
    assert read("a: &a [x]\nb: [*a, *a]\nc: *a") == {"a": ["x"], "b": [["x"], ["x"]], "c": ["x"]}
    assert read("a: &a x\nb: [*a, *a]") == {"a": "x", "b": ["x", "x"]}


def test_each_use_of_an_alias_counts() -> None:
    size = MOST_NODES // 4
    start = f"a: &a [{'x,' * (size - 1)}]\n"
    assert read(f"{start}b: [*a, *a]") is not None
    assert re.search(rf"^line 2, column 13: {COUNT}$", refusal(f"{start}b: [*a, *a, *a]"))


def test_as_many_keys_and_values_as_allowed_are_read_and_no_more() -> None:
    assert len(f"[{'x,' * MOST_NODES}]") < LARGEST
    assert read(f"[{'x,' * (MOST_NODES - 1)}]") == ["x"] * (MOST_NODES - 1)
    assert re.search(rf"^line 1, column \d+: {COUNT}$", refusal(f"[{'x,' * MOST_NODES}]"))


def test_as_many_aliases_as_allowed_are_read_and_no_more() -> None:
    assert read(f"[&a x{', *a' * MOST_ALIASES}]") == ["x"] * (MOST_ALIASES + 1)
    message = refusal(f"[&a x{', *a' * (MOST_ALIASES + 1)}]")
    assert message.endswith("there are more than 1000 YAML aliases, like *name; give 1000 at most")


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("[\n", "]"), ("- ", ""), ("? ", ""), ("- a: ", "")]
)
def test_a_text_as_deep_as_allowed_is_read_and_a_deeper_one_is_refused(opening: str, closing: str) -> None:
    each = 2 if opening == "- a: " else 1
    if opening not in {"? ", "- a: "}:  # a mapping is no key, and not every nesting fits on one line
        assert read(opening * (DEEPEST // each) + "x" + closing * (DEEPEST // each)) is not None
    assert re.search(r"^line \d+, column \d+: ", refusal(opening * 5000 + "x"))


def test_how_deep_a_text_is_nested_is_reported_with_its_place() -> None:
    assert re.fullmatch(
        rf"line 1, column 21: this is nested 21 levels deep{ALIAS}; give 20 at most", refusal("[" * 5000)
    )


def test_an_alias_is_as_deep_as_what_it_stands_for() -> None:
    chain = "\n".join(["a0: &a0 [x]", *[f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 50)]])
    assert re.search(rf"^line 20, column 12: this is nested 21 levels deep{ALIAS}", refusal(chain))


@pytest.mark.parametrize("form", ["a: {}", 'a: "{}"', "a: '{}'", "a: |\n  {}", "? {}"])
def test_a_text_as_long_as_allowed_is_read_and_a_longer_one_is_refused(form: str) -> None:
    assert read(form.format("x" * LONGEST_TEXT)) is not None
    message = refusal(form.format("x" * (LONGEST_TEXT + 1)))
    assert re.fullmatch(r"line 1, column \d: this text has 16385 characters; give 16384 at most", message)


def test_an_argument_of_120_kb_is_refused() -> None:
    message = refusal(f"configuration: {{command: [{'a=' * 60_000}]}}")
    assert message == "line 1, column 27: this text has 120000 characters; give 16384 at most"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("&a [*a]", "line 1, column 5: this YAML alias stands inside its own anchor; write out what is meant"),
        ("a: &a {<<: *a}", "line 1, column 12: this YAML alias stands inside its own anchor; write out what is meant"),
        (
            "PASSWORD: *s3cret",
            "line 1, column 11: no anchor before this YAML alias has its name; put text that begins with * in quotes",
        ),
        (
            "a: &s3cret 1\nb: &s3cret [2]",
            "line 2, column 4: another anchor before it has the same name; give each anchor a name of its own",
        ),
    ],
)
def test_an_anchor_or_alias_that_cannot_be_meant_is_reported_without_its_name(written: str, message: str) -> None:
    assert refusal(written) == message
