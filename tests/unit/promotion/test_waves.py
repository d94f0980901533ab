"""In which order the targets of an environment get a release."""

from collections.abc import Sequence
from itertools import chain, groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.target import Target
from gantry.promotion.waves import ALL_AT_ONCE, DEFAULT_WAVES, MOST_SIDE_BY_SIDE, ONE_BY_ONE, Waves, waves_of

A, B, C = "us-east-1", "eu-west-1", "ap-south-1"


def in_regions(*regions: str) -> list[Target]:
    """One target for each region that is named."""
    return [Target("page", "222222222222", region, f"page-{n}", f"page/{n}") for n, region in enumerate(regions)]


targets = st.lists(st.sampled_from([A, B, C]), min_size=1, max_size=MOST_SIDE_BY_SIDE).map(
    lambda each: in_regions(*each)
)
sizes = st.builds(Waves, st.integers(1, MOST_SIDE_BY_SIDE), st.integers(1, MOST_SIDE_BY_SIDE))
any_waves = sizes | st.sampled_from([ONE_BY_ONE, ALL_AT_ONCE])
groups = st.lists(st.integers(0, MOST_SIDE_BY_SIDE), max_size=12).map(lambda indices: [indices[::2], indices[1::2]])


@pytest.mark.parametrize(
    ("regions", "waves", "wanted"),
    [
        ([A] * 12, DEFAULT_WAVES, [(0,), (*range(1, 11),), (11,)]),
        ([A], DEFAULT_WAVES, [(0,)]),
        ([A, B, A, B], DEFAULT_WAVES, [(0,), (2,), (1, 3)]),
        ([A, B, A, B], Waves(1, 1), [(0,), (2,), (1,), (3,)]),
        ([A, B, A, B], ONE_BY_ONE, [(0,), (1,), (2,), (3,)]),
        ([A, B, A, B], ALL_AT_ONCE, [(0, 1, 2, 3)]),
        ([A, A, A, B, B], Waves(2, 1), [(0, 1), (2,), (3,), (4,)]),
        ([A, A], Waves(40, 1), [(0, 1)]),
    ],
)
def test_targets_are_put_into_waves(regions: list[str], waves: Waves, wanted: list[tuple[int, ...]]) -> None:
    assert waves_of(in_regions(*regions), waves) == tuple(wanted)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(targets, any_waves, groups)
def test_every_target_is_in_one_wave(given: Sequence[Target], waves: Waves, apart: list[list[int]]) -> None:
    found = waves_of(given, waves, apart)
    assert sorted(chain.from_iterable(found)) == [*range(len(given))]
    assert all(found)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(targets, any_waves, groups)
def test_no_wave_has_more_targets_than_it_may(given: Sequence[Target], waves: Waves, apart: list[list[int]]) -> None:
    first, *others = waves_of(given, waves, apart)
    assert len(first) <= waves.first
    assert all(len(wave) <= waves.then for wave in others)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(targets, sizes)
def test_all_waves_but_the_last_of_a_region_are_full(given: Sequence[Target], waves: Waves) -> None:
    found = waves_of(given, waves)
    room = [waves.first, *[waves.then] * (len(found) - 1)]
    for _, same in groupby(zip(found, room, strict=True), key=lambda each: given[each[0][0]].region):
        *full, _ = same
        assert all(len(wave) == size for wave, size in full)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(targets, sizes, groups)
def test_a_wave_stays_within_one_region(given: Sequence[Target], waves: Waves, apart: list[list[int]]) -> None:
    found = waves_of(given, waves, apart)
    regions = [{given[index].region for index in wave} for wave in found]
    assert all(len(each) == 1 for each in regions)
    in_order = [region for region, _ in groupby(region for (region,) in regions)]
    assert in_order == [*dict.fromkeys(target.region for target in given)]


@settings(deadline=None)  # a busy machine is no reason to fail
@given(targets, sizes)
def test_targets_of_a_region_keep_their_order(given: Sequence[Target], waves: Waves) -> None:
    order = [*chain.from_iterable(waves_of(given, waves))]
    for region in {target.region for target in given}:
        own = [index for index in order if given[index].region == region]
        assert own == sorted(own)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(targets, groups)
def test_one_by_one_keeps_the_manifests_order(given: Sequence[Target], apart: list[list[int]]) -> None:
    assert waves_of(given, ONE_BY_ONE, apart) == tuple((index,) for index in range(len(given)))


@settings(deadline=None)  # a busy machine is no reason to fail
@given(targets)
def test_all_at_once_is_one_wave_over_all_regions(given: Sequence[Target]) -> None:
    assert waves_of(given, ALL_AT_ONCE) == (tuple(range(len(given))),)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(targets, any_waves, groups)
def test_no_two_targets_of_one_draft_are_in_one_wave(
    given: Sequence[Target], waves: Waves, apart: list[list[int]]
) -> None:
    for wave in waves_of(given, waves, apart):
        assert all(len({*group} & {*wave}) <= 1 for group in apart)


def test_targets_of_one_draft_make_no_more_waves_than_they_have_to() -> None:
    assert waves_of(in_regions(A, A, A, A), ALL_AT_ONCE, [(0, 1), (2, 3)]) == ((0, 2), (1, 3))
