"""Whose target group is whose, although they swap with every deployment."""

from typing import Any

import pytest

from gantry.targets.ecs_service.target_groups import TargetGroup, all_groups, application_load_balancer, own_groups
from tests.unit.targets.ecs_service.described_service import (
    balancer,
    network_balancer,
    service,
    service_revision,
)
from tests.unit.targets.fake_load_balancers import BLUE, GREEN, NETWORK_LISTENER, RULE

IN_BLUE = TargetGroup("targetgroup/cowsay-blue/73e2d6bc24d8a067", "app/cowsay/50dc6c495c0c9188")
IN_GREEN = TargetGroup("targetgroup/cowsay-green/73e2d6bc24d8a067", "app/cowsay/50dc6c495c0c9188")
BOTH = ("cowsay:1", "cowsay:2")


def test_a_group_goes_by_its_names_in_cloudwatch() -> None:
    assert TargetGroup.of(BLUE, RULE) == IN_BLUE
    assert TargetGroup.of(BLUE, NETWORK_LISTENER) is None
    assert application_load_balancer("") is None


@pytest.mark.parametrize(("stable", "canary"), [(BLUE, GREEN), (GREEN, BLUE)])
def test_each_revision_is_where_ecs_says_now(stable: str, canary: str) -> None:
    revisions = [service_revision("cowsay:1", stable), service_revision("cowsay:2", canary, number=2)]

    found = own_groups(revisions, BOTH)

    assert found == {"cowsay:1": TargetGroup.of(stable, RULE), "cowsay:2": TargetGroup.of(canary, RULE)}
    assert own_groups(revisions, ["cowsay:2"]) == {"cowsay:2": TargetGroup.of(canary, RULE)}


def test_of_a_task_definition_that_was_deployed_twice_the_newer_one_counts() -> None:
    revisions = [service_revision("cowsay:1", GREEN, number=2), service_revision("cowsay:1", BLUE)]

    assert own_groups(revisions, BOTH) == {"cowsay:1": IN_GREEN}


def test_revisions_in_one_group_cannot_be_told_apart() -> None:
    revisions = [service_revision("cowsay:1", BLUE), service_revision("cowsay:2", BLUE, number=2)]

    assert own_groups(revisions, BOTH) == {}


@pytest.mark.parametrize(
    "canary",
    [
        service_revision("cowsay:2", number=2),
        service_revision("cowsay:2", BLUE, rule=None, number=2),
        service_revision("cowsay:2", BLUE, rule=NETWORK_LISTENER, number=2),
        service_revision("cowsay:2", BLUE, GREEN, number=2),
        service_revision("other:2", BLUE, number=2),
    ],
    ids=["nowhere", "rolling", "network load balancer", "several", "another family"],
)
def test_what_is_not_in_exactly_one_group_that_counts_has_none(canary: dict[str, Any]) -> None:
    assert own_groups([service_revision("cowsay:1", GREEN), canary], BOTH) == {"cowsay:1": IN_GREEN}


def test_a_service_has_both_of_its_groups_whichever_is_live() -> None:
    assert set(all_groups(service())) == {IN_BLUE, IN_GREEN}

    for uncounted in (balancer(rule=None), network_balancer()):
        assert list(all_groups(service(loadBalancers=[uncounted]))) == []
