import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gantry.promotion.approval_link import Link, check_nonce, link_key, make_nonce, nonce_hash

KEY = "0123456789abcdef" * 4
LINK = Link("one", "ops@example.com", KEY)
SNAPSHOT = {
    "digest": "sha256:" + "a" * 64,
    "tag": "4f0c2d1",
    "differences": [{"targets": ["here"], "live": [None], "changes": [["memory_mb", None, "512"]]}],
}
RANDOM = "f" * 32
NONCE = make_nonce(LINK, SNAPSHOT, RANDOM)

randoms = st.text("0123456789abcdef", min_size=32, max_size=32)
facts = st.dictionaries(st.text(max_size=5), st.none() | st.text() | st.lists(st.text(), max_size=3), max_size=4)


@given(st.text(min_size=1))
@example("\ud800")
def test_a_link_cannot_be_read_from_what_the_ledger_keeps_of_it(link_id: str) -> None:
    key = link_key(link_id)
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")
    assert key == link_key(link_id) != link_key(link_id + "x")


def test_the_key_of_a_link_is_not_in_its_text() -> None:
    assert KEY not in f"{LINK!r} {LINK}"


@given(randoms, facts)
def test_the_page_of_a_link_gives_a_valid_nonce(random: str, snapshot: dict[str, object]) -> None:
    assert check_nonce(make_nonce(LINK, snapshot, random), LINK, snapshot) == "valid"


@given(randoms, randoms)
def test_two_pages_have_different_nonces(one: str, other: str) -> None:
    assert (make_nonce(LINK, SNAPSHOT, one) == make_nonce(LINK, SNAPSHOT, other)) == (one == other)


@given(randoms, facts, st.text("0123456789abcdef", min_size=64, max_size=64))
def test_the_key_is_not_in_the_nonce(random: str, snapshot: dict[str, object], key: str) -> None:
    nonce = make_nonce(Link("one", "ops@example.com", key), snapshot, random)
    assert key not in nonce
    assert link_key(key) not in nonce


def test_the_facts_are_not_in_the_nonce() -> None:
    assert "4f0c2d1" not in NONCE
    assert "a" * 64 not in NONCE


@pytest.mark.parametrize(
    "other",
    [
        SNAPSHOT | {"tag": "5e1a77b"},
        SNAPSHOT | {"tag": None},
        SNAPSHOT | {"digest": "sha256:" + "b" * 64},
        SNAPSHOT | {"differences": []},
        SNAPSHOT | {"differences": [{"targets": ["here"], "live": ["version 7"], "changes": []}]},
        {},
    ],
)
def test_a_page_that_showed_something_else_is_outdated(other: dict[str, object]) -> None:
    assert check_nonce(NONCE, LINK, other) == "outdated"


@given(facts, facts)
def test_a_page_is_outdated_when_any_fact_is_another(one: dict[str, object], other: dict[str, object]) -> None:
    assert check_nonce(make_nonce(LINK, one, RANDOM), LINK, other) == ("valid" if one == other else "outdated")


def test_the_order_of_the_facts_does_not_matter() -> None:
    assert check_nonce(NONCE, LINK, dict(reversed(SNAPSHOT.items()))) == "valid"


def test_the_nonce_of_one_link_is_forged_for_another() -> None:
    assert check_nonce(NONCE, Link("one", "ops@example.com", KEY[::-1]), SNAPSHOT) == "forged"


@given(st.text() | st.text("0123456789abcdef."))
@example("")
@example(".")
@example("..")
@example("\ud800")
@example("é.é.é")
@example("٣" * 64)
@example("\x00" * 5)
@example("f" * 1_000_000)
@example("." * 1_000_000)
@example(f"{NONCE}.")
@example(f".{NONCE}")
@example(f" {NONCE}")
@example(f"{NONCE}\n")
@example(NONCE.upper())
@example(NONCE.rpartition(".")[2])
@example(NONCE.rpartition(".")[0] + ".")
def test_anything_else_is_forged(nonce: str) -> None:
    assert check_nonce(nonce, LINK, SNAPSHOT) == "forged"


@given(st.integers(0, len(NONCE) - 1))
def test_a_part_of_a_nonce_is_forged(length: int) -> None:
    assert check_nonce(NONCE[:length], LINK, SNAPSHOT) == "forged"


@given(st.integers(0, len(NONCE) - 1), st.characters())
def test_a_nonce_with_another_character_is_forged(place: int, character: str) -> None:
    changed = NONCE[:place] + character + NONCE[place + 1 :]
    assert (check_nonce(changed, LINK, SNAPSHOT) == "forged") == (changed != NONCE)


@given(st.text())
@example("\ud800")
def test_a_nonce_cannot_be_read_from_what_is_kept_of_it(nonce: str) -> None:
    kept = nonce_hash(nonce)
    assert len(kept) == 64
    assert kept == nonce_hash(nonce) != nonce_hash(nonce + "x")
