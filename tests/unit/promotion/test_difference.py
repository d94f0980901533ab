import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.difference import Change, apply, changes

KNOWN = {"memory_mb": "256", "environment.LOG_LEVEL": "DEBUG", "environment.TO_SAY": "Hello"}

SETTINGS = st.one_of(
    st.fixed_dictionaries({}, optional={"memory_mb": st.text(max_size=3), "environment": st.just("none")}),
    st.dictionaries(st.sampled_from(["memory_mb", "environment.A", "environment.B", "stage.C.D"]), st.text(max_size=3)),
)
"""A group has either a value for itself or keys of its own."""


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, KNOWN),
        ({"memory_mb": "512"}, KNOWN | {"memory_mb": "512"}),
        ({"role": "cowsay"}, KNOWN | {"role": "cowsay"}),
        ({"environment.TO_SAY": "Bye"}, {"memory_mb": "256", "environment.TO_SAY": "Bye"}),
        ({"environment": "none"}, {"memory_mb": "256", "environment": "none"}),
    ],
)
def test_given_settings_replace_known_ones_and_a_given_group_replaces_all_of_its_keys(
    wanted: dict[str, str], expected: dict[str, str]
) -> None:
    assert apply(KNOWN, wanted) == expected


def test_a_group_replaces_the_single_value_that_it_had() -> None:
    assert apply({"environment": "none"}, {"environment.A_NAME": "1"}) == {"environment.A_NAME": "1"}


def test_of_an_unknown_revision_the_given_settings_are_known_afterwards() -> None:
    assert apply(None, {"memory_mb": "512"}) == {"memory_mb": "512"}


def test_a_change_has_its_key_and_the_values_before_and_after() -> None:
    after = KNOWN | {"memory_mb": "512", "timeout_seconds": "10"}
    del after["environment.TO_SAY"]
    assert changes(KNOWN, after) == (
        Change("environment.TO_SAY", "Hello", None),
        Change("memory_mb", "256", "512"),
        Change("timeout_seconds", None, "10"),
    )


@given(SETTINGS)
def test_the_same_settings_again_change_nothing(settings: dict[str, str]) -> None:
    assert changes(settings, settings) == ()
    assert apply(settings, settings) == settings


@given(SETTINGS, SETTINGS, SETTINGS)
def test_applying_twice_is_applying_once(known: dict[str, str], one: dict[str, str], other: dict[str, str]) -> None:
    once = apply(apply(known, one), other)
    assert apply(once, other) == once


@given(SETTINGS, SETTINGS)
def test_there_is_one_change_for_each_key_that_differs(before: dict[str, str], after: dict[str, str]) -> None:
    differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert [each.key for each in changes(before, after)] == sorted(differing)
