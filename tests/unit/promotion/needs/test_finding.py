"""Whether a need is met by what was seen, and what people read if not."""

from typing import Any

import pytest

from gantry.promotion.needs.finding import NeedFinding, Seen, asked_of, judged, owners, said, values_of
from gantry.promotion.needs.made_for import made_for
from gantry.promotion.needs.need import Need

HERE, THERE = "444444444444/us-east-1", "444444444444/eu-west-1"
REVISION = "/infra/prod/revision"


def found(value: str, place: str = HERE, **wanted: Any) -> NeedFinding:
    return judged(Need(parameter=REVISION, **wanted), place, Seen(value))


@pytest.mark.parametrize(
    ("value", "wanted", "is_met"),
    [
        ("", {}, True),
        ("11", {"at_least": 12}, False),
        ("12", {"at_least": 12}, True),
        (" 013\n", {"at_least": 12}, True),
        ("-5", {"at_least": 0}, False),
        ("blue", {"equals": "blue"}, True),
        ("Blue", {"equals": "blue"}, False),
        ("blue ", {"equals": "blue"}, False),
        ("blue\r\n", {"equals": "blue"}, True),
        ("blue\ngreen", {"equals": "blue"}, False),
    ],
)
def test_a_value_counts_as_a_number_or_as_text_or_for_being_there(
    value: str, wanted: dict[str, Any], is_met: bool
) -> None:
    finding = found(value, **wanted)
    assert (finding.is_met, finding.stays) == (is_met, False)


@pytest.mark.parametrize("value", ["1.5", "12a", "", "1e3", "٣", "1_000", "9" * 41])
def test_what_is_no_whole_number_can_never_be_large_enough(value: str) -> None:
    finding = found(value, at_least=1)
    assert (finding.is_met, finding.stays) == (False, True)
    assert "is no whole number" in finding.reason


def test_what_is_missing_may_still_come() -> None:
    need = Need(stack="cowsay-infra", output="QueueUrl")
    finding = judged(need, HERE, Seen(problem="there is no such stack"))
    assert (finding.is_met, finding.stays, finding.found) == (False, False, None)
    assert str(finding) == f"output QueueUrl of stack cowsay-infra in {HERE} (there is no such stack)"


def test_people_read_what_is_needed_what_is_there_and_whom_to_ask() -> None:
    findings = [found("11", at_least=12, owner="ops"), found("red", THERE, equals="blue", owner="ops"), found("1")]
    assert said(findings[:2]) == (
        f"parameter {REVISION} at least 12 in {HERE} (found 11); "
        f"parameter {REVISION} equal to “blue” in {THERE} (found red)"
    )
    assert asked_of(owners(findings)) == "; ask ops"
    assert asked_of(()) == ""


def test_a_value_that_looks_like_the_one_that_is_needed_is_said_to_be_another() -> None:
    assert found("blue ", equals="blue").reason == (
        "found blue with other spaces or line breaks, of which it may have none"
    )


def test_very_many_findings_are_counted() -> None:
    assert said([found("11", at_least=12)] * 40).endswith("; and 30 more")


def test_a_long_value_of_several_lines_is_shortened() -> None:
    shown = found("a\nb\u202e" + "x" * 8_000).found or ""
    assert len(shown) <= 100
    assert shown.startswith("a b\\u202e")


def test_values_are_kept_by_what_was_needed_and_by_place_where_they_differ() -> None:
    needs = [found("12"), found("12", THERE)]
    assert values_of(needs) == {f"parameter {REVISION}": "12"}
    assert values_of([*needs[:1], found("13", THERE)]) == {
        f"parameter {REVISION} in {HERE}": "12",
        f"parameter {REVISION} in {THERE}": "13",
    }


def test_an_older_release_says_what_it_was_made_for_and_what_came_later() -> None:
    then, since = {f"parameter {REVISION}": "12", "output Mode of stack a": "blue"}, {f"parameter {REVISION}": "14"}
    assert made_for("version 7 (2.3.0)", then, since) == (
        f"version 7 (2.3.0) was made for parameter {REVISION} 12 (later 14), output Mode of stack a blue; "
        "the infrastructure stays as it is"
    )
    assert made_for("version 7 (2.3.0)", {}, since) == ""


def test_what_came_later_is_said_also_where_places_had_different_values() -> None:
    name = f"parameter {REVISION}"
    apart, later = {f"{name} in {HERE}": "12", f"{name} in {THERE}": "13"}, {f"{name} in {HERE}": "14"}
    said_of = {"one": {name: "12"}, "apart": apart}

    def said_since(then: str, since: dict[str, str]) -> str:
        return made_for("7", said_of[then], since).removeprefix("7 was made for ").partition(";")[0]

    assert said_since("one", apart) == f"{name} 12 (later 13 in {THERE})"
    assert said_since("one", apart | later) == f"{name} 12 (later 14 in {HERE}, 13 in {THERE})"
    assert said_since("apart", {name: "13"}) == f"{name} in {HERE} 12 (later 13), {name} in {THERE} 13"
    assert said_since("apart", later) == f"{name} in {HERE} 12 (later 14), {name} in {THERE} 13"
    assert said_since("one", {f"{name}s": "13"}) == f"{name} 12"
