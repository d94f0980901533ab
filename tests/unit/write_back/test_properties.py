"""Whatever the file and the value are: other readers find this one value changed, and all other characters stay."""

import contextlib
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.write_back.editing import edited
from gantry.promotion.write_back.errors import WrittenFileError
from gantry.promotion.write_back.hcl_tokens import quoted, tokens, unquoted
from gantry.promotion.write_back.key_path import KeyPath
from gantry.promotion.write_back.settings import Format

NAMES = st.from_regex(r"[a-z_][a-z0-9_-]{0,6}", fullmatch=True)
TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}|sha256:[0-9a-f]{8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff"), max_size=12)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
)
TREES = st.recursive(
    st.dictionaries(NAMES, SCALARS, min_size=1, max_size=4),
    lambda inner: st.dictionaries(
        NAMES, inner | SCALARS | st.lists(inner | SCALARS, max_size=3), min_size=1, max_size=4
    ),
    max_leaves=12,
)


def leaves(node: object, path: KeyPath = ()) -> list[KeyPath]:
    if isinstance(node, dict):
        return [each for name, child in node.items() for each in leaves(child, (*path, name))]
    if isinstance(node, list):
        return [each for index, child in enumerate(node) for each in leaves(child, (*path, str(index)))]
    return [path]


def leaf_of(node: Any, path: KeyPath) -> object:
    for name in path:
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node


def with_leaf(node: Any, path: KeyPath, value: object) -> Any:
    if not path:
        return value
    if isinstance(node, list):
        return [with_leaf(each, path[1:], value) if str(at) == path[0] else each for at, each in enumerate(node)]
    return {name: with_leaf(each, path[1:], value) if name == path[0] else each for name, each in node.items()}


def hcl(node: object, indent: str = "") -> str:
    """A value of a tfvars file, with comments and all the ways to part its entries."""
    if isinstance(node, dict):
        signs, ends = ("=", ":"), ("\n", ",\n", " # }\n", ", // {\n")
        lines = [
            f"{indent}  {name if at % 2 else quoted(name)} {signs[at % 2]} {hcl(each, indent + '  ')}{ends[at % 4]}"
            for at, (name, each) in enumerate(node.items())
        ]
        return "{\n" + "".join(lines) + indent + "}"
    if isinstance(node, list):
        return "[" + ", /* ] */ ".join(hcl(each, indent) for each in node) + (",\n]" if node else "]")
    return quoted(node) if isinstance(node, str) else json.dumps(node)


def hcl_file(tree: dict[str, Any]) -> str:
    decoy = "decoy = <<EOT\n" + "".join(f'{name} = "decoy"\n' for name in tree) + "EOT\n"
    return "# }\n" + "".join(f"{name} = {hcl(each)} // ]\n" for name, each in tree.items() if name != "decoy") + decoy


@settings(deadline=None)
@given(TREES, TAGS | TEXTS, st.sampled_from([None, 0, 2, "\t"]), st.booleans(), st.data())
def test_json_has_this_one_value_changed(
    tree: dict[str, Any], value: str, indent: int | str | None, is_ascii: bool, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(leaves(tree) or [("none",)]))
    before = json.dumps(tree, indent=indent, ensure_ascii=is_ascii)
    if path not in leaves(tree):
        return
    after = changed(before, "json", path, value)
    assert json.loads(after) == with_leaf(tree, path, value)


@settings(deadline=None)
@given(TREES, TAGS, st.sampled_from([None, True, False]), st.sampled_from([None, "'", '"']), st.data())
def test_yaml_has_this_one_value_changed(
    tree: dict[str, Any], value: str, flow: bool | None, style: str | None, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(leaves(tree) or [("none",)]))
    before = yaml.safe_dump(
        tree, default_flow_style=flow, default_style=style, allow_unicode=True, sort_keys=False, width=10**6
    )
    if path not in leaves(tree):
        return
    if style and not isinstance(leaf_of(tree, path), str):
        with pytest.raises(WrittenFileError, match="it has an anchor or a tag"):  # !!int "5"
            changed(before, "yaml", path, value)
        return
    after = changed(before, "yaml", path, value)
    assert yaml.safe_load(after) == with_leaf(yaml.safe_load(before), path, value)


@settings(deadline=None)
@given(TREES, TAGS | TEXTS, st.data())
def test_tfvars_have_this_one_value_changed(tree: dict[str, Any], value: str, data: st.DataObject) -> None:
    tree.pop("decoy", None)
    paths = leaves(tree)
    if not paths:
        return
    path = data.draw(st.sampled_from(paths))
    assert changed(hcl_file(tree), "tfvars", path, value) == hcl_file(with_leaf(tree, path, value))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_of_hcl_is_read_as_it_was_written(value: str) -> None:
    text, end = tokens(quoted(value))
    assert (unquoted(text), end.type) == (value, "end")


@settings(deadline=None)
@given(st.sampled_from(["json", "yaml", "tfvars", "tfvars.json"]), st.binary(max_size=60) | TEXTS.map(str.encode))
def test_whatever_a_file_holds_it_is_changed_or_refused(form: Format, before: bytes) -> None:
    with contextlib.suppress(WrittenFileError):
        after = edited(before, form, {("a",): "x"})
        assert edited(after, form, {("a",): "x"}) == after


def changed(before: str, form: Format, path: KeyPath, value: str) -> str:
    """The file after the change, which has to be in one place, and to change nothing when it is made again."""
    after = edited(before.encode(), form, {path: value})
    assert edited(after, form, {path: value}) == after
    return after.decode()
