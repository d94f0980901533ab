"""What is known to be impossible before anybody is asked, and when a release comes."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.errors import IncompatibleTargetError, TargetNotFoundError
from gantry.targets.choosy_kind import ChoosyKind
from tests.unit.masked import MASKING
from tests.unit.targets.contract.ecs_harness import CONTAINER
from tests.unit.targets.ecs_service.rollouts import EcsRollout, prepared

PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}


def why_not_asked(made: EcsRollout, **configuration: Any) -> str:
    """Return why nobody is asked about a release; nothing if people are."""
    kind = made.harness.kind
    assert isinstance(kind, ChoosyKind)
    try:
        kind.require_takes(made.harness.target, configuration, ArtifactKind.CONTAINER_IMAGE)
    except IncompatibleTargetError as error:
        return str(error)
    return ""


def why_not_deployed(made: EcsRollout, **configuration: Any) -> str:
    """Return why a release is refused; nothing if it is not."""
    try:
        made.harness.kind.inspect(replace(made.deployment, configuration=configuration), MASKING)
    except IncompatibleTargetError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"desiredCount": 0}, "it runs no tasks"),
        ({"deploymentController": {"type": "EXTERNAL"}}, "its deployment controller is EXTERNAL"),
        ({"deploymentConfiguration": {"lifecycleHooks": [PAUSE]}}, "its deployments pause at POST_SCALE_UP"),
    ],
)
def test_a_service_that_takes_no_release_is_refused_before_people_are_asked(content: dict[str, Any], said: str) -> None:
    made = prepared(**content)
    assert said in why_not_asked(made)
    assert said in why_not_deployed(made)


def test_a_container_that_is_missing_is_named_once() -> None:
    made = prepared()
    made.harness.ecs.container_of(made.rollout.stable, CONTAINER)["name"] = "web"
    for why in (why_not_asked(made), why_not_deployed(made)):
        assert why.count("no container app") == 1


def test_settings_that_no_task_definition_takes_are_refused_too() -> None:
    made = prepared()
    both = {"environment": {"DB": "here"}, "secrets": {"DB": "arn"}}
    for why in (why_not_asked(made, **both), why_not_deployed(made, **both)):
        assert "app would have DB both as variables and as secrets" in why


def test_what_depends_on_a_release_or_passes_keeps_nobody_from_being_asked() -> None:
    made = prepared(loadBalancers=[])
    assert "it has no load balancer" in why_not_deployed(made)
    assert why_not_asked(made) == ""
    busy = prepared()
    busy.take(0)
    assert why_not_asked(busy) == ""


def test_a_service_that_does_not_exist_is_refused_before_people_are_asked() -> None:
    made = prepared()
    made.harness.remove_target()
    assert "there is no such service. Create it" in why_not_asked(made)
    with pytest.raises(TargetNotFoundError, match="a release only deploys to it"):
        made.harness.kind.inspect(made.deployment, MASKING)


def test_a_service_whose_task_definition_was_deleted_is_refused_before_people_are_asked() -> None:
    made = prepared()
    made.harness.remove(made.rollout.stable)
    assert "was deleted: deploy one that exists" in why_not_asked(made)
