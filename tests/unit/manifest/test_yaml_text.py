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
        ("", "manifest: it is empty; give repository, versioning and environments"),
        ("# a comment alone", "manifest: it is empty; give repository, versioning and environments"),
        ("a: [1\nb: 2", "line 2, column 2: YAML cannot read it: expected ',' or ']', but got ':'"),
        ("a: b: c", "line 1, column 5: YAML cannot read it: mapping values are not allowed here"),
        ("a: 1\n\tb: 2", "line 2, column 1: YAML cannot read it: found character '\\t' that cannot start any token"),
        ("a: *b", "line 1, column 4: YAML cannot read it: found undefined alias 'b'"),
        ("a\n---\nb", "line 2, column 1: YAML cannot read it: but found another document"),
        ("{[a]: b}", "line 1, column 2: YAML cannot read it: found unhashable key"),
        ("a: \x01", "manifest: YAML cannot read it: unacceptable character #x0001: special characters are not allowed"),
        ("[" * 5000, "manifest: it is nested too deeply to be a manifest"),
    ],
)
def test_what_yaml_cannot_read_is_reported_with_its_place(written: str, message: str) -> None:
    with pytest.raises(ManifestError) as refused:
        read(written)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "written", ["a: 2024-13-45", "a: !!timestamp s3cret", "a: !!bool s3cret", "a: !!int s3cret", f"a: {'9' * 5000}"]
)
def test_a_value_that_is_not_what_it_looks_like_is_reported_with_its_place_and_without_the_value(written: str) -> None:
    with pytest.raises(
        ManifestError, match=r"^line 1, column 4: .* looks like YAML's type .* put it in quotes$"
    ) as refused:
        read(written)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.getcwd []", "!!python/name:os.getcwd", "!Ref x"])
def test_no_tag_builds_an_object(tag: str) -> None:
    with pytest.raises(ManifestError, match="line 1, column 4: YAML cannot read it: could not determine a constructor"):
        read(f"a: {tag}")


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
    assert read("a: &a {x: 1, y: 2}\nb: &b {y: 3}\nc: {<<: *a, x: 5}\nd: {<<: [*a, *b]}") == {
        "a": {"x": 1, "y": 2},
        "b": {"y": 3},
        "c": {"x": 5, "y": 2},
        "d": {"x": 1, "y": 2},
    }


def test_a_key_that_is_no_scalar_is_not_mistaken_for_a_repetition() -> None:
    with pytest.raises(ManifestError, match="unhashable key"):
        read("{[a]: 1, [a]: 2}")


def test_aliases_that_multiply_are_looked_at_once() -> None:
    """What would be 9^20 lists written out takes no time."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 21)]
    with pytest.raises(ManifestError, match="a20: unknown key"):
        parse("\n".join(lines), SCHEMAS)


@pytest.mark.parametrize(
    "written",
    [
        "&a [*a]",
        "environments: &a [*a]",
        "configuration: &c {environment: *c}\nenvironments: [{name: dev, configuration: *c}]",
    ],
)
def test_a_manifest_that_holds_itself_is_refused(written: str) -> None:
    with pytest.raises(ManifestError):
        parse(written, SCHEMAS)


def test_a_text_of_128_kib_is_read_and_a_longer_one_is_refused() -> None:
    comment = "\n#" + "é" * 1000
    full = text(VALID)
    while len((full + comment).encode()) <= LARGEST:
        full += comment
    full += "#" * (LARGEST - len(full.encode()))
    assert parse(full, SCHEMAS).repository == "cowsay"
    with pytest.raises(ManifestError, match="manifest: it has 131073 bytes; give 131072 at most"):
        parse(full + "#", SCHEMAS)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(st.text(st.sampled_from("abz019 \n\t:-[]{}'\"!&*<>|?#,%@`~.\x85\ufeff\x00é"), max_size=40))
def test_any_text_is_read_as_pyyaml_reads_it_or_refused(written: str) -> None:
    try:
        document = read(written)
    except ManifestError as error:
        assert str(error)  # noqa: PT017 - most texts are refused, some are not, and nothing else may be raised
    else:
        expected = yaml.safe_load(written)
        assert document == expected or document != document  # noqa: PLR0124 - YAML's .nan is no equal of its own
