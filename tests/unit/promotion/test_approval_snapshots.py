from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.approval_link import fingerprint
from gantry.promotion.approval_snapshots import with_snapshot

KIB = 1024


def snapshot(size: int, tag: str = "4f0c2d1") -> dict[str, Any]:
    """A snapshot of about so many bytes."""
    changes = [["environment.A", None, "x" * size]]
    return {"tag": tag, "differences": [{"targets": ["here"], "live": [None], "changes": changes}]}


def test_facts_that_several_people_saw_are_kept_once() -> None:
    one, other = snapshot(10), snapshot(10, "5e1a77b")
    kept = with_snapshot(with_snapshot(with_snapshot({}, one), other), dict(reversed(one.items())))
    assert kept == {fingerprint(one): one, fingerprint(other): other}


def test_earlier_snapshots_stay_as_they_were() -> None:
    before = {"one": snapshot(10)}
    assert with_snapshot(before, snapshot(20))["one"] == snapshot(10)
    assert before == {"one": snapshot(10)}


@pytest.mark.parametrize("value", ["x" * 32 * KIB, "ä" * 16 * KIB], ids=["in letters", "in bytes"])
def test_a_large_snapshot_is_kept_without_its_changes_under_the_fingerprint_of_the_whole(value: str) -> None:
    whole = snapshot(0)
    whole["differences"][0]["changes"] = [["environment.A", None, value]]
    (kept,) = with_snapshot({}, whole).items()
    assert kept == (
        fingerprint(whole),
        {"tag": "4f0c2d1", "differences": [{"targets": ["here"], "live": [None]}], "changes_left_out": True},
    )


def test_a_snapshot_that_is_just_small_enough_is_kept_as_it_is() -> None:
    assert with_snapshot({}, snapshot(31 * KIB)) == {fingerprint(snapshot(31 * KIB)): snapshot(31 * KIB)}


@given(st.lists(st.integers(0, 40), max_size=20))
def test_there_is_room_for_answers_however_many_people_saw_other_facts(sizes: list[int]) -> None:
    kept: dict[str, Any] = {}
    for number, size in enumerate(sizes):
        kept = with_snapshot(kept, snapshot(size * KIB, str(number)))
    assert len(kept) == len(sizes)
    assert len(str(kept)) < 140 * KIB


def test_half_a_character_can_be_kept_too() -> None:
    assert list(with_snapshot({}, snapshot(0, "\ud800"))) == [fingerprint(snapshot(0, "\ud800"))]
