import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.expectation import difference

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


@given(JSON)
def test_every_answer_contains_itself(answer: object) -> None:
    assert difference(answer, answer) is None


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4), st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_more_than_what_is_expected_does_no_harm(expected: dict[str, object], more: dict[str, object]) -> None:
    assert difference(expected, more | expected) is None


@pytest.mark.parametrize(
    ("expected", "answer", "words"),
    [
        ({"a": 1}, {}, 'the answer has no "a"'),
        ({"a": 1}, [], 'the answer is [] instead of {"a": 1}'),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 3}]}}, "the answer.a.b[1].c is 3 instead of 2"),
        ({"a": [1]}, {"a": [1, 2]}, "the answer.a is [1, 2] instead of [1]"),
        ({"a": True}, {"a": 1}, "the answer.a is 1 instead of true"),
        ({"a": 0}, {"a": False}, "the answer.a is false instead of 0"),
        ({"a": None}, {"a": 0}, "the answer.a is 0 instead of null"),
        ({"a": None}, {}, 'the answer has no "a"'),
    ],
)
def test_the_first_difference_is_said_with_its_place(expected: object, answer: object, words: str) -> None:
    assert difference(expected, answer) == words


def test_numbers_are_compared_as_in_json() -> None:
    assert difference({"a": 1}, {"a": 1.0}) is None


def test_a_long_answer_is_shortened() -> None:
    said = difference({"a": 1}, {"a": "x" * 5000})
    assert said
    assert len(said) < 150
