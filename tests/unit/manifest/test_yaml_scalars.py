import re
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.reading import parse
from gantry.promotion.manifest.yaml_text import read
from tests.unit.manifest.documents import SCHEMAS, VALID, text

NUMBER = "write plain decimal digits without leading zeros, or put it in quotes"
BASES = f"YAML 1.1 reads this number in base 8 and YAML 1.2 in base 10; {NUMBER}"
OLDER_NUMBER = f"this is a number in YAML 1.1 and text in YAML 1.2; {NUMBER}"
NEWER_NUMBER = f"this is text in YAML 1.1 and a number in YAML 1.2; {NUMBER}"
BOOLEAN = "this is a boolean in YAML 1.1 and text in YAML 1.2; write true or false, or put it in quotes"
DATE = "this is a date in YAML 1.1 and text in YAML 1.2; put it in quotes"

DIFFERENT = [
    *((each, BASES) for each in ("0512", "030", "05", "010", "050", "00", "-017", "+017")),
    *((each, OLDER_NUMBER) for each in ("1_000", "0b101", "1:30", "12:30:45", "190:20:30.15", "+0x1F", "0x_1", "0_7")),
    *((each, NEWER_NUMBER) for each in ("08", "0o17", "1e3", "1.5e3", "1E+3", "-.5", "12345e67", "012345678989")),
    *((each, BOOLEAN) for each in ("yes", "No", "ON", "off")),
    *((each, DATE) for each in ("2024-01-01", "2024-13-45", "2001-12-14t21:59:43.10-05:00")),
    ("=", "this is something else in YAML 1.1 and text in YAML 1.2; put it in quotes"),
    (f"1{':1' * 2000}.5", OLDER_NUMBER),
]
SAME = {
    **{"512": 512, "0": 0, "-1": -1, "+1": 1, "0x1F": 31, "1.5": 1.5, ".5": 0.5, "5.": 5.0, "1.5e+3": 1500.0},
    **{"true": True, "False": False, "null": None, "~": None, "": None, ".inf": float("inf")},
    **{each: each for each in ("5m", "90s", "08:00", "1.2.3", "10.0.0.1", "0x", "1-2", "yes-1", "yesterday", "0X1F")},
}


def refusal(written: str) -> str:
    with pytest.raises(ManifestError) as refused:
        read(written)
    return str(refused.value)


@pytest.mark.parametrize(("scalar", "problem"), DIFFERENT, ids=[each[:20] for each, _ in DIFFERENT])
def test_what_yaml_1_1_and_1_2_read_differently_is_refused_wherever_it_stands(scalar: str, problem: str) -> None:
    assert refusal(f"a: {scalar}") == f"line 1, column 4: {problem}"
    assert refusal(f"a:\n  - [{scalar}]") == f"line 2, column 6: {problem}"
    assert refusal(f"? {scalar}\n: x") == f"line 1, column 3: {problem}"


@pytest.mark.parametrize("scalar", [each for each, _ in DIFFERENT])
def test_in_quotes_or_as_a_block_it_is_text(scalar: str) -> None:
    assert read(f"a: '{scalar}'\nb: \"{scalar}\"\nc: |-\n  {scalar}\nd: !!str {scalar}") == dict.fromkeys(
        "abcd", scalar
    )


@pytest.mark.parametrize(("scalar", "value"), SAME.items())
def test_what_both_read_alike_is_taken(scalar: str, value: object) -> None:
    assert read(f"a: {scalar}") == {"a": value}


def core_schema(scalar: str) -> object:
    """As YAML 1.2 reads it, written apart from the code: https://yaml.org/spec/1.2.2/#103-core-schema."""
    if re.fullmatch(r"[-+]?[0-9]+", scalar):
        return int(scalar)
    for prefix, base in (("0o", 8), ("0x", 16)):
        if re.fullmatch(rf"{prefix}[0-9a-f]+", scalar, re.IGNORECASE) and scalar.startswith(prefix):
            try:
                return int(scalar[2:], base)
            except ValueError:
                return scalar
    try:
        return scalar if set(scalar) - set("+-.0123456789eE") or not re.search(r"\d", scalar) else float(scalar)
    except ValueError:
        return scalar


@given(st.text("0123456789abcdefox_+-.:eE", min_size=1, max_size=8).filter(re.compile(r"\d").search))
def test_a_number_is_taken_only_with_the_value_that_it_has_in_both(scalar: str) -> None:
    with suppress(ManifestError):
        document: Any = read(f"a: {scalar}")
        both = [document["a"], core_schema(scalar), yaml.safe_load(f"a: {scalar}")["a"]]
        assert len(set(map(repr, both))) == 1


def test_numbers_are_refused_in_a_manifest_with_each_place() -> None:
    written = (
        text(VALID)
        .replace("memory_mb: 512", "memory_mb: 0512")
        .replace("timeout_seconds: 10", "timeout_seconds: 030")
        .replace("weight: 10", "weight: 010")
    )
    with pytest.raises(ManifestError) as refused:
        parse(written, SCHEMAS)
    lines = [number for number, line in enumerate(written.splitlines(), 1) if ": 0" in line]
    assert len(lines) == 3
    assert [int(re.findall(r"\d+", each)[0]) for each in str(refused.value).splitlines()] == lines


@pytest.mark.parametrize("value", ["031337", "31_337", "31:33", "off", "!s3cret", "!!int '31337'", "3e1337"])
def test_a_value_that_may_be_a_secret_is_in_no_message(value: str) -> None:
    message = refusal(f"configuration: {{environment: {{PIN: {value} }}}}")
    assert message.startswith("line 1, column 36: ")
    assert re.search(r"s3cret|31.?3|off|3e1", message) is None


@pytest.mark.parametrize(
    "tag",
    ["!!python/object/apply:os.getcwd []", "!Ref x", "! x", "!!int '010'", "!!binary eA==", "!!set {a}", "!!map {}"],
)
def test_a_tag_is_refused(tag: str) -> None:
    problem = "tags are not taken; leave it out, or put text that begins with ! in quotes"
    assert refusal(f"a: {tag}") == f"line 1, column 4: {problem}"


@pytest.mark.parametrize("number", ["9" * 21, "9" * 5000, f"0x{'f' * 5000}", f"1.{'0' * 30}", f"-{'9' * 20}"])
def test_a_number_that_is_too_long_for_any_setting_is_refused(number: str) -> None:
    problem = "this number has more than 20 characters; give a shorter one, or put it in quotes"
    assert refusal(f"a: {number}") == f"line 1, column 4: {problem}"
    assert read(f"a: {'9' * 20}") == {"a": 10**20 - 1}


@pytest.mark.parametrize("escaped", [r"\ud800", r"\udfff", r"\ud83d\ude00", r"x\ud800y"])
def test_half_of_a_character_is_refused(escaped: str) -> None:
    """Nothing can be written as UTF-8 that holds one. PyYAML does not put two of them together, as JSON does."""
    problem = r"an escape here is half of a character; write the character itself, or one escape like \U0001F600"
    assert refusal(f'a: "{escaped}"') == f"line 1, column 4: {problem}"
    assert read(r'a: "\U0001F600é"') == {"a": "\U0001f600é"}


@pytest.mark.parametrize("letter", ["y", "Y", "n", "N"])
def test_a_letter_that_is_a_boolean_in_yaml_1_1_is_refused_although_pyyaml_leaves_it_alone(letter: str) -> None:
    with pytest.raises(ManifestError, match=r"a boolean in YAML 1\.1 and text in YAML 1\.2"):
        read(f"flag: {letter}")
    assert read(f"flag: '{letter}'") == {"flag": letter}
