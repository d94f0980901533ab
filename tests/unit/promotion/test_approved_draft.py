"""What approvers saw of a draft: small enough to be carried, and still held."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.approved_draft import LARGEST_TOGETHER, kept, require_as_approved, require_same_draft
from gantry.promotion.errors import DraftChangedError
from gantry.promotion.masking import shown
from tests.unit.masked import MASKING

SETTINGS = st.dictionaries(
    st.sampled_from(["role", "infrastructure.vpc", "infrastructure.tracing", "environment.A", "environment.B"]),
    st.sampled_from(["one", "two", "x" * 3000]),
    min_size=1,
)
LARGE = {f"environment.V{number}": "x" * 20 for number in range(500)}
Require = Callable[[str, dict[str, str], dict[str, str]], None]


@given(SETTINGS, st.integers(1, 40))
def test_a_draft_is_held_to_what_was_carried_however_much_there_was(draft: dict[str, str], targets: int) -> None:
    require_same_draft("t", kept(draft, targets), draft)
    require_as_approved("t", kept(draft, targets), draft | {"memory_mb": "512"})


@given(SETTINGS, SETTINGS, st.integers(1, 40))
def test_every_other_draft_is_refused(draft: dict[str, str], other: dict[str, str], targets: int) -> None:
    taken = draft | other
    if taken != draft:
        with pytest.raises(DraftChangedError):
            require_same_draft("t", kept(draft, targets), taken)


@pytest.mark.parametrize("targets", [1, 8, 40])
def test_all_drafts_of_an_environment_together_stay_small(targets: int) -> None:
    large = LARGE | {"infrastructure.tracing": "Active"}
    carried = kept(large, targets)
    assert len(json.dumps(carried)) * targets <= LARGEST_TOGETHER
    assert carried["infrastructure.tracing"] == "Active"
    assert carried["environment"].startswith("500 settings, too many to show #")
    with pytest.raises(DraftChangedError, match="environment"):
        require_same_draft("t", carried, large | {"environment.V7": "y"})


def test_a_small_draft_is_carried_as_it_is() -> None:
    assert kept({"role": "r", "infrastructure": "none"}, 40) == {"role": "r", "infrastructure": "none"}


@pytest.mark.parametrize("require", [require_same_draft, require_as_approved])
def test_what_is_not_there_any_more_is_a_change_too(require: Require) -> None:
    approved = {"infrastructure.vpc": "vpc-1", "infrastructure.tracing": "Active"}
    with pytest.raises(DraftChangedError) as raised:
        require("444444444444/eu-west-1/cow/live", approved, {"infrastructure.tracing": "Active"})
    assert str(raised.value) == (
        "444444444444/eu-west-1/cow/live: what the release takes from the target was changed after its approvers had "
        "looked at it: infrastructure.vpc was vpc-1 and is not there. Start the promotion again: then they are asked "
        "about it as it is."
    )


def test_what_the_release_would_take_beyond_what_was_seen_is_refused() -> None:
    with pytest.raises(DraftChangedError, match="memory_mb was not there and is 1024"):
        require_same_draft("t", {"infrastructure": "none"}, {"infrastructure": "none", "memory_mb": "1024"})


def test_of_many_changes_the_first_ones_are_named() -> None:
    with pytest.raises(DraftChangedError, match=r"environment\.V100 was .*; and 495 more\. Start"):
        require_same_draft("t", {}, LARGE)


def test_nobody_is_told_more_than_four_digits_of_a_masked_value() -> None:
    before, after = (MASKING.value("TOKEN", each) for each in ("one", "two"))
    with pytest.raises(DraftChangedError) as raised:
        require_same_draft("t", {"environment.TOKEN": before}, {"environment.TOKEN": after})
    assert f"environment.TOKEN was {shown(before)} and is {shown(after)}" in str(raised.value)
    assert before not in str(raised.value)
    assert after not in str(raised.value)
