"""What a session for one target may do, whatever the kind."""

from fnmatch import fnmatchcase

from gantry.promotion.target import Target
from tests.unit.targets.contract.harness import Harness


def named(harness: Harness, target: Target) -> list[str]:
    """The resources that the harness' target has among its rights and that a target's name fits; `*` names none."""
    resources = {name for right in harness.rights(harness.target) for name in right.resources} - {"*"}
    return [each for each in resources if fnmatchcase(target.arn, each)]


def test_a_session_is_for_its_own_target_and_no_other(harness: Harness) -> None:
    assert named(harness, harness.target)
    assert named(harness, harness.neighbour) == []


def test_rights_are_single_actions(harness: Harness) -> None:
    actions = [action for right in harness.rights(harness.target) for action in right.actions]
    assert actions
    assert not any("*" in action for action in actions)


def test_an_action_on_a_target_is_not_allowed_on_everything_too(harness: Harness) -> None:
    rights = harness.rights(harness.target)
    everywhere = {action for right in rights if "*" in right.resources for action in right.actions}
    on_the_target = {action for right in rights if "*" not in right.resources for action in right.actions}
    assert on_the_target
    assert not everywhere & on_the_target
