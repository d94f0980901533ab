"""What a task definition runs, also where its image is named by a tag, and what a service is found on."""

import pytest

from gantry.promotion.deployment import StableRevision
from gantry.promotion.errors import IncompatibleTargetError, TargetNotFoundError
from gantry.promotion.traffic import Routing
from tests.unit.masked import MASKING
from tests.unit.targets.contract.ecs_harness import CONTAINER, NAME, EcsHarness
from tests.unit.targets.contract.harness import OLD
from tests.unit.targets.fake_load_balancers import RULE

TAGGED = "111111111111.dkr.ecr.us-east-1.amazonaws.com/cowsay:latest"


@pytest.fixture
def harness() -> EcsHarness:
    return EcsHarness()


def tagged(harness: EcsHarness) -> str:
    """Let somebody make a task definition whose image is named by a tag."""
    revision = harness.make(OLD)
    harness.ecs.container_of(revision, CONTAINER)["image"] = TAGGED
    return revision


def test_a_tag_is_what_ecs_has_found_for_it(harness: EcsHarness) -> None:
    harness.stable()
    harness.service.digests[TAGGED] = OLD
    revision = tagged(harness)
    harness.route(Routing(revision))

    assert harness.kind.digest(harness.target, revision) == OLD
    assert harness.kind.inspect(harness.deployment(), MASKING).stable == StableRevision(revision, OLD)


def test_a_tag_that_nobody_has_looked_up_is_no_digest(harness: EcsHarness) -> None:
    harness.stable()
    revision = tagged(harness)
    assert harness.kind.digest(harness.target, revision) == TAGGED


def test_a_task_definition_without_the_container_is_named_by_itself(harness: EcsHarness) -> None:
    harness.stable()
    revision = harness.make(OLD)
    harness.ecs.container_of(revision, CONTAINER)["name"] = "web"
    assert harness.kind.digest(harness.target, revision) == f"task definition {revision}"


def test_a_service_before_its_cluster_is_not_found(harness: EcsHarness) -> None:
    assert harness.kind.routing(harness.target) is None
    with pytest.raises(TargetNotFoundError, match="Create it"):
        harness.kind.inspect(harness.deployment(), MASKING)


def test_a_deleted_service_that_ecs_still_shows_is_not_found(harness: EcsHarness) -> None:
    harness.stable()
    harness.service.content["status"] = "INACTIVE"
    assert harness.kind.routing(harness.target) is None


def test_a_live_task_definition_that_was_deleted_takes_no_release(harness: EcsHarness) -> None:
    live = harness.stable().revision
    harness.remove(live)
    with pytest.raises(IncompatibleTargetError, match="cowsay:1 was deleted"):
        harness.kind.inspect(harness.deployment(), MASKING)


def test_the_pauses_of_others_and_a_drifted_rule_are_named_at_once(harness: EcsHarness) -> None:
    harness.stable()
    theirs = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}
    harness.service.content["deploymentConfiguration"]["lifecycleHooks"] = [theirs]
    harness.balancers.forward(RULE, blue=50, green=50)
    with pytest.raises(IncompatibleTargetError, match=r"pause at POST_SCALE_UP(.|\n)*50 % of the requests"):
        harness.kind.inspect(harness.deployment(), MASKING)


def test_a_rehearsal_is_a_change_that_ecs_must_refuse(harness: EcsHarness) -> None:
    live = harness.stable().revision
    harness.kind.rehearse(harness.target, live)
    assert harness.ecs.calls["update_service"] == 1
    assert len(harness.ecs.services[NAME].deployments) == 1
