from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.approval_link import fingerprint
from gantry.promotion.approval_snapshots import with_one_more

KIB = 1024


def shown(size: int, tag: str = "4f0c2d1") -> dict[str, Any]:
    """A difference of about so many bytes."""
    changes = [["environment.A", None, "x" * size]]
    return {"tag": tag, "differences": [{"targets": ["here"], "live": [None], "changes": changes}]}


def test_what_several_were_shown_is_kept_once() -> None:
    one, other = shown(10), shown(10, "5e1a77b")
    kept = with_one_more(with_one_more(with_one_more({}, one), other), dict(reversed(one.items())))
    assert kept == {fingerprint(one): one, fingerprint(other): other}


def test_what_was_kept_before_stays_as_it_was() -> None:
    before = {"one": shown(10)}
    assert with_one_more(before, shown(20))["one"] == shown(10)
    assert before == {"one": shown(10)}


@pytest.mark.parametrize("value", ["x" * 32 * KIB, "ä" * 16 * KIB], ids=["in letters", "in bytes"])
def test_what_is_too_large_is_kept_without_its_changes_under_the_fingerprint_of_the_whole(value: str) -> None:
    whole = shown(0)
    whole["differences"][0]["changes"] = [["environment.A", None, value]]
    (kept,) = with_one_more({}, whole).items()
    assert kept == (
        fingerprint(whole),
        {"tag": "4f0c2d1", "differences": [{"targets": ["here"], "live": [None]}], "changes_left_out": True},
    )


def test_what_is_just_small_enough_is_kept_as_it_is() -> None:
    assert with_one_more({}, shown(31 * KIB)) == {fingerprint(shown(31 * KIB)): shown(31 * KIB)}


@given(st.lists(st.integers(0, 40), max_size=20))
def test_however_many_were_shown_something_else_there_is_room_for_their_answers(sizes: list[int]) -> None:
    kept: dict[str, Any] = {}
    for number, size in enumerate(sizes):
        kept = with_one_more(kept, shown(size * KIB, str(number)))
    assert len(kept) == len(sizes)
    assert len(str(kept)) < 140 * KIB


def test_half_a_character_can_be_kept_too() -> None:
    assert list(with_one_more({}, shown(0, "\ud800"))) == [fingerprint(shown(0, "\ud800"))]
