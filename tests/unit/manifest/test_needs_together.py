"""All needs of an environment are named in one session policy, which STS bounds."""

from typing import Any

import pytest

from gantry.aws.infrastructure import need_rights
from gantry.aws.session_policy import session_policy
from gantry.promotion.manifest.need_rules import need_problems
from gantry.promotion.needs.need import Need
from gantry.promotion.target import Target

MOST_OF_STS = 2_048
FAR = Target("lambda", "444444444444", "us-gov-east-1", "cowsay/live", "arn")
"""Where regions' and partitions' names are the longest."""


def problems(needs: list[dict[str, Any]]) -> list[str]:
    return [str(each.location) for each in need_problems({"environments": [{"name": "prod", "needs": needs}]})]


def parameters(length: int) -> list[dict[str, Any]]:
    """Ten with names of this length."""
    return [{"parameter": f"/{number}{'x' * (length - 2)}"} for number in range(10)]


def stacks(length: int) -> list[dict[str, Any]]:
    """Five, and five parameters."""
    few = [{"stack": f"{letter}{'x' * (length - 1)}", "output": "Url"} for letter in "abcde"]
    return [*few, *parameters(length)[:5]]


@pytest.mark.parametrize("needs", [parameters, stacks])
def test_what_is_taken_fits_into_a_session_and_what_does_not_is_refused(needs: Any) -> None:
    taken = [length for length in range(2, 250) if not problems(needs(length))]
    assert taken == [*range(2, max(taken) + 1)]
    policy = session_policy(need_rights([Need(**each) for each in needs(max(taken))], FAR))
    assert MOST_OF_STS - 100 < len(policy) <= MOST_OF_STS
    assert problems(needs(max(taken) + 1)) == ["('environments', 0, 'needs')"]


def test_a_stack_of_which_many_outputs_are_needed_is_named_once() -> None:
    assert problems([{"stack": "x" * 128, "output": f"Url{number}"} for number in range(10)]) == []


def test_needs_that_all_environments_share_count_as_well() -> None:
    (found,) = need_problems({"needs": parameters(200), "environments": [{"name": "prod"}]})
    assert found.location == ("needs",)
    assert "the names are too long together, by 830 characters" in found.message
