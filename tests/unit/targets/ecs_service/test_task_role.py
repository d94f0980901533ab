"""The role with which the programs of a task read."""

from typing import Any

import pytest

from gantry.promotion.references.errors import ReferenceUnreadableError
from gantry.targets.ecs_service.task_definition import TaskDefinition
from gantry.targets.ecs_service.task_role import task_role
from tests.unit.targets.ecs_service.described_service import service
from tests.unit.targets.ecs_service.ecs_targets import SERVICE

ROLE = "arn:aws:iam::222222222222:role/cowsay"


def role(given: str | None, **described: Any) -> str | None:
    document: dict[str, Any] = {"containerDefinitions": []} | ({"taskRoleArn": given} if given else {})
    return task_role(SERVICE, service(**described), TaskDefinition("cowsay:12", document))


@pytest.mark.parametrize("given", [ROLE, "cowsay"])
def test_a_task_role_is_known_by_its_arn_or_its_name(given: str) -> None:
    assert role(given) == ROLE


@pytest.mark.parametrize(
    "described",
    [
        {"launchType": "FARGATE"},
        {"launchType": None, "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]},
    ],
)
def test_a_task_without_a_role_reads_nothing_on_fargate(described: dict[str, Any]) -> None:
    with pytest.raises(ReferenceUnreadableError, match=r"cowsay:12 has no taskRoleArn, .* add a task role"):
        role(None, **described)


def test_elsewhere_it_may_have_its_instances_role() -> None:
    assert role(None, launchType="EC2") is None
