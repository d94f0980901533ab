"""One value of a file is replaced, and nothing else; or the file is refused with what would be right."""

import json
import re

import pytest

from gantry.promotion.write_back.editing import LARGEST, edited
from gantry.promotion.write_back.errors import WrittenFileError
from gantry.promotion.write_back.key_path import key_path
from gantry.promotion.write_back.settings import Format

TFVARS = """\
# What runs in prod. app_version = "not here"
app_version = "4f0c2d1" // set by Gantry
region      = "eu-west-1"
/* versions = { cowsay = "nor here" } */
notes = <<-EOT
  app_version = "nor here"
  EOT
versions = {
  cowsay       : "1.10", # ours
  "horse-say"  = "2.0.0"
  nested = { deep = [1, "two", { three = null }] }
}
zones = ["a", "b",
  "c"]
"""
YAML = """\
# chart's values; tag: not here
image: {repository: "acme/cowsay", tag: 1.10} # flow
app:
    version:   '4f0c2d1'   # kept quotes
    digest: "sha256:0"
    notes: |
      tag: nor here
images:
- name: cowsay
  newTag: yes
"""
JSON = (
    '{\n\t"app": {"version" : "4f0c2d1",  "note": "\\u00e9 {\\"version\\": 1}"},\n\t"list": [1.50, {"tag": null}]\n}\n'
)


def edit(text: str, form: Format, **values: str) -> str:
    """The text with values by the keys' paths, with `__` for a dot."""
    return edited(
        text.encode(), form, {key_path(key.replace("__", ".")): each for key, each in values.items()}
    ).decode()


@pytest.mark.parametrize(
    ("form", "text", "key", "before", "after"),
    [
        ("tfvars", TFVARS, "app_version", 'app_version = "4f0c2d1"', 'app_version = "9999999"'),
        ("tfvars", TFVARS, "versions__cowsay", ': "1.10",', ': "9999999",'),
        ("tfvars", TFVARS, "versions__horse-say", '"2.0.0"', '"9999999"'),
        ("tfvars", TFVARS, "versions__nested__deep__1", '"two"', '"9999999"'),
        ("tfvars", TFVARS, "versions__nested__deep__2__three", "null", '"9999999"'),
        ("tfvars", TFVARS, "zones__2", '"c"', '"9999999"'),
        ("yaml", YAML, "image__tag", "tag: 1.10", 'tag: "9999999"'),
        ("yaml", YAML, "app__version", "'4f0c2d1'", "'9999999'"),
        ("yaml", YAML, "app__digest", '"sha256:0"', '"9999999"'),
        ("yaml", YAML, "images__0__newTag", "newTag: yes", 'newTag: "9999999"'),
        ("json", JSON, "app__version", ' : "4f0c2d1"', ' : "9999999"'),
        ("json", JSON, "list__0", "1.50", '"9999999"'),
        ("json", JSON, "list__1__tag", "null", '"9999999"'),
    ],
)
def test_the_characters_of_one_value_are_replaced(form: Format, text: str, key: str, before: str, after: str) -> None:
    assert text.count(before) == 1
    assert edit(text, form, **{key: "9999999"}) == text.replace(before, after)


@pytest.mark.parametrize(
    "value", ["yes", "1e3", "0x1F", "1_000", "~", "null", "2026-01-01", "off", "a: b", "#x", "12:30"]
)
def test_what_yaml_would_read_as_something_else_gets_quotes(value: str) -> None:
    assert edit("tag: main\n", "yaml", tag=value) == f'tag: "{value}"\n'


def test_plain_text_stays_plain_in_yaml() -> None:
    assert edit("tag: main # here\n", "yaml", tag="v1.4.0") == "tag: v1.4.0 # here\n"


def test_templates_of_hcl_are_written_as_the_text_that_they_look_like() -> None:
    assert edit('a = "x"\n', "tfvars", a='${b} %{c} "\\') == 'a = "$${b} %%{c} \\"\\\\"\n'


@pytest.mark.parametrize("form", ["tfvars", "yaml"])
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_line_endings_and_a_missing_last_one_stay(form: Format, ending: str) -> None:
    sign = {"tfvars": " = ", "yaml": ": "}[form]
    lines = [f'a{sign}"1"', f'b{sign}"2"', f'c{sign}"3"']
    assert edit(ending.join(lines), form, b="x") == ending.join(lines).replace('"2"', '"x"')


@pytest.mark.parametrize(("form", "text"), [("tfvars", TFVARS), ("yaml", YAML), ("json", JSON)])
def test_a_file_that_says_so_already_stays_byte_for_byte(form: Format, text: str) -> None:
    key = {"tfvars": "app_version", "yaml": "app__version", "json": "app__version"}[form]
    assert edit(text, form, **{key: "4f0c2d1"}) == text


def test_several_keys_of_a_file_change_together() -> None:
    after = edit(TFVARS, "tfvars", app_version="a", versions__cowsay="b")
    assert after == TFVARS.replace('= "4f0c2d1"', '= "a"').replace(': "1.10"', ': "b"')


@pytest.mark.parametrize(
    ("form", "text", "problem"),
    [
        ("tfvars", 'b = "1"\n', "a is not in it; add it once, with any text as its value"),
        ("tfvars", 'a = "1"\na = "2"\n', "a is in it 2 times; keep one"),
        ("tfvars", "a = {\n}\n", "a holds a mapping, not one value; name a key inside it"),
        ("tfvars", "a = []\n", "a holds a list, not one value; name a key inside it"),
        ("tfvars", "a = <<X\n1\nX\n", "a cannot be replaced: it is a heredoc; write its value as one plain text"),
        (
            "tfvars",
            'a = "${b}"\n',
            "a cannot be replaced: it is put together from others; write its value as one plain text",
        ),
        (
            "tfvars",
            '\na = var.b\n',
            "line 2 cannot be read as tfvars, which hold names and literal values; correct it",
        ),
        ("tfvars", 'a "b" {\n}\n', "line 1 cannot be read as tfvars, which hold names and literal values; correct it"),
        ("tfvars", 'a = "1\n', "line 1 cannot be read as tfvars, which hold names and literal values; correct it"),
        ("tfvars", "a = [1 2]\n", "line 1 cannot be read as tfvars, which hold names and literal values; correct it"),
        ("tfvars", "a = 1 b = 2\n", "line 1 cannot be read as tfvars, which hold names and literal values; correct it"),
        ("yaml", "b: 1\n", "a is not in it; add it once, with any text as its value"),
        ("yaml", "", "a is not in it; add it once, with any text as its value"),
        ("yaml", "a: 1\na: 2\n", "a is in it 2 times; keep one"),
        ("yaml", "<<: {a: 1}\n", "a is not in it; add it once, with any text as its value"),
        (
            "yaml",
            "a: &x 1\nb: *x\n",
            "a cannot be replaced: it has an anchor or a tag, so that it may mean more than one place; write its value "
            "as one plain text",
        ),
        (
            "yaml",
            "b: &x 1\na: *x\n",
            "a cannot be replaced: it repeats what an anchor names; write its value as one plain text",
        ),
        ("yaml", "a: |\n  x\n", "a cannot be replaced: it is a block of text; write its value as one plain text"),
        ("yaml", "a: x\n  y\n", "a cannot be replaced: it has several lines; write its value as one plain text"),
        ("yaml", "a:\n", "a cannot be replaced: it is empty; write its value as one plain text"),
        ("yaml", "a: 1\n---\na: 2\n", "it cannot be read as YAML: line 2: but found another document"),
        ("json", '{"b": 1}', "a is not in it; add it once, with any text as its value"),
        ("json", '{"a": 1, "a": 2}', "a is in it 2 times; keep one"),
        ("json", '{"a" 1}', "it is no JSON: line 1, column 6: Expecting ':' delimiter; correct it"),
        ("json", '{"a": NaN}', "it is no JSON: it has NaN, which only Python takes; correct it"),
        ("json", "[" * 100_000, "it is nested too deeply; use a file of its own for what is written back"),
        ("tfvars.json", "[]", "it is no JSON object; correct or delete it"),
        ("tfvars.json", '{"a": {}}', "a holds more than one value; remove it, or name another key"),
        ("tfvars.json", '{"b": 1, "b": 2}', "b is in it 2 times; keep one"),
        ("tfvars.json", '{"a" 1}', "it is no JSON: line 1, column 6: Expecting ':' delimiter; correct or delete it"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_without_guessing_is_refused(form: Format, text: str, problem: str) -> None:
    with pytest.raises(WrittenFileError, match=f"^{re.escape(problem)}$"):
        edit(text, form, a="x")


@pytest.mark.parametrize("form", ["tfvars", "yaml", "json"])
def test_a_persons_file_has_to_exist(form: Format) -> None:
    with pytest.raises(WrittenFileError, match=r"^it does not exist; create it with the key, or give format: tfvars"):
        edited(None, form, {("a",): "x"})


@pytest.mark.parametrize(
    ("before", "problem"),
    [(b"a = \xff", "it is not UTF-8; save"), (b" " * (LARGEST + 1), "it has 1048577 bytes; give")],
)
def test_bytes_that_are_no_text_of_a_moderate_size_are_refused(before: bytes, problem: str) -> None:
    with pytest.raises(WrittenFileError, match=f"^{problem}"):
        edited(before, "tfvars", {("a",): "x"})


def test_gantrys_own_file_begins_by_itself_and_is_sorted() -> None:
    after = edited(None, "tfvars.json", {("versions", "cowsay"): "4f0c2d1", ("app",): "é"})
    assert after.decode() == '{\n  "app": "é",\n  "versions": {\n    "cowsay": "4f0c2d1"\n  }\n}\n'


def test_gantrys_own_file_keeps_what_other_services_have_there() -> None:
    before = json.dumps({"versions": {"horse": "1", "cowsay": "2"}, "z": [1]}).encode()
    after = edited(before, "tfvars.json", {("versions", "cowsay"): "3"})
    assert json.loads(after) == {"versions": {"horse": "1", "cowsay": "3"}, "z": [1]}
    assert edited(after, "tfvars.json", {("versions", "cowsay"): "3"}) == after


def test_gantrys_own_file_is_not_written_again_only_to_be_sorted() -> None:
    before = b'{"b": "1", "a": "2"}'
    assert edited(before, "tfvars.json", {("a",): "2"}) == before
