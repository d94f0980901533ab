from contextlib import suppress

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.reading import parse
from gantry.promotion.manifest.yaml_text import LARGEST, read
from tests.unit.manifest.documents import SCHEMAS, VALID, text


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "manifest: it is empty; give repository and versioning, or artifact, and environments"),
        ("# a comment alone", "manifest: it is empty; give repository and versioning, or artifact, and environments"),
        ("a: [1\nb: 2", "line 2, column 2: YAML cannot read it: expected ',' or ']', but got ':'"),
        ("a: b: c", "line 1, column 5: YAML cannot read it: mapping values are not allowed here"),
        ("a: 1\n\tb: 2", "line 2, column 1: YAML cannot read it: found character '\\t' that cannot start any token"),
        (
            "a\n---\nb",
            "line 2, column 1: YAML cannot read it: another document begins here; give one file for each manifest, "
            "without ---",
        ),
        ("{[a]: b}", "line 1, column 2: YAML cannot read it: a key is a mapping or a list; give text as the key"),
        ("a: \x01", "manifest: YAML cannot read it: unacceptable character #x0001: special characters are not allowed"),
        ("a: !s3cret!x y", "line 1, column 4: YAML cannot read it: found undefined tag handle"),
        ('a: "\\U00110000"', "line 1, column 7: an escape or a version before this is out of range; correct it"),
        ('a: "\\UFFFFFFFF"', "line 1, column 7: an escape or a version before this is out of range; correct it"),
        (f"%YAML {'9' * 5000}.1", "line 1, column 7: an escape or a version before this is out of range; correct it"),
    ],
)
def test_what_yaml_cannot_read_is_reported_with_its_place(written: str, message: str) -> None:
    with pytest.raises(ManifestError) as refused:
        read(written)
    assert str(refused.value) == message


def test_a_constructor_that_another_library_has_taught_the_shared_loader_builds_nothing() -> None:
    built = []
    yaml.SafeLoader.add_constructor("!Ref", lambda *_: built.append("it"))
    try:
        with pytest.raises(ManifestError, match="tags are not taken"):
            read("a: !Ref x")
    finally:
        del yaml.SafeLoader.yaml_constructors["!Ref"]
    assert built == []


def test_every_key_that_is_given_twice_is_reported_with_both_lines() -> None:
    written = "a: 1\nb:\n  - c: 1\n    d: 2\n    c: 3\n'a': 4\n? e\n? e\n"
    with pytest.raises(ManifestError) as refused:
        read(written)
    assert str(refused.value).splitlines() == [
        "line 5, column 5: the key 'c' is given twice, first on line 3; keep one",
        "line 6, column 1: the key 'a' is given twice, first on line 1; keep one",
        "line 8, column 3: the key 'e' is given twice, first on line 7; keep one",
    ]


def test_keys_that_come_in_by_merging_may_be_given_again() -> None:
    assert read("a: &a {x: 1, z: 2}\nb: &b {z: 3}\nc: {<<: *a, x: 5}\nd: {<<: [*a, *b]}") == {
        "a": {"x": 1, "z": 2},
        "b": {"z": 3},
        "c": {"x": 5, "z": 2},
        "d": {"x": 1, "z": 2},
    }


@pytest.mark.parametrize("code", [0x85, 0x2028, 0x2029])
def test_a_line_break_of_yaml_1_1_alone_is_refused_wherever_it_is(code: int) -> None:
    with pytest.raises(ManifestError, match="line 2: an invisible line break here"):
        read(f"a: 1\ntraffic: AllAtOnce # watch it{chr(code)}approval: null")


def test_a_key_that_is_no_scalar_is_not_mistaken_for_a_repetition() -> None:
    with pytest.raises(ManifestError, match="a key is a mapping or a list"):
        read("{[a]: 1, [a]: 2}")


def test_a_text_of_128_kib_is_read_and_a_longer_one_is_refused() -> None:
    comment = "\n#" + "é" * 1000
    full = text(VALID)
    while len((full + comment).encode()) <= LARGEST:
        full += comment
    full += "#" * (LARGEST - len(full.encode()))
    assert parse(full, SCHEMAS).service == "cowsay"
    with pytest.raises(ManifestError, match="manifest: it has 131073 bytes; give 131072 at most"):
        parse(full + "#", SCHEMAS)


def test_problems_of_keys_and_of_values_are_reported_together_in_the_texts_order() -> None:
    with pytest.raises(ManifestError) as refused:
        read("a: 010\nb: 1\na: 2\nc: off")
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "line 1, column 4",
        "line 3, column 1",
        "line 4, column 4",
    ]


PIECES = st.sampled_from(
    [
        *(
            "&a ",
            "*a",
            "<<: ",
            "<<: *a\n",
            "? ",
            "- ",
            "!!set ",
            "!!omap ",
            "!!float ",
            "!",
            "| ",
            ">9",
            "---\n",
            "%YAML 1.1\n",
        ),
        *(
            "0512",
            "1:30",
            f"1{':1' * 300}.5",
            "9" * 5000,
            f"0x{'f' * 5000}",
            "1e999",
            "-.inf",
            ".nan",
            "=",
            "<<",
            "off",
        ),
        *(
            '"\\ud800"',
            '"\\0"',
            '"\\UFFFFFFFF"',
            "\ud800",
            "\x00",
            "\ufeff",
            "\u2028",
            "2024-13-45",
            "[" * 1500,
            "{" * 50,
        ),
        *("x" * 20_000, "name: ", "environments: ", "configuration: ", "approval: ", "traffic: ", "alarms: "),
    ]
)
TEXTS = st.lists(
    PIECES | st.text(st.sampled_from("abz019 \n\t:-[]{}'\"!&*<>|?#,%@`~.\x85\ufeff\x00é"), max_size=8), max_size=12
)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(TEXTS.map("".join))
def test_any_text_is_read_as_pyyaml_reads_it_or_refused(written: str) -> None:
    try:
        document = read(written)
    except ManifestError as error:
        assert str(error)  # noqa: PT017 - most texts are refused, some are not, and nothing else may be raised
    else:
        expected = yaml.safe_load(written)
        assert document == expected or document != document  # noqa: PLR0124 - YAML's .nan is no equal of its own


@settings(deadline=None)  # a busy machine is no reason to fail
@given(TEXTS.map("".join), st.integers(0, len(text(VALID))))
def test_whatever_is_inserted_into_a_manifest_is_taken_or_refused(inserted: str, at: int) -> None:
    written = text(VALID)
    with suppress(ManifestError):
        assert parse(written[:at] + inserted + written[at:], SCHEMAS).environments
