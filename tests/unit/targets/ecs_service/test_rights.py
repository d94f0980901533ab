import json

from gantry.aws.session_policy import session_policy
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.rights import LONGEST_NAMES, rights, running_rights
from tests.unit.targets.ecs_service.ecs_targets import TARGET

LONGEST_SESSION_POLICY = 2048
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
ECS = "arn:aws:ecs:us-east-1:222222222222"


def by_action(*, running: bool = False) -> dict[str, tuple[str, ...]]:
    """What a session may do each action on."""
    found = running_rights(TARGET) if running else rights(TARGET)
    return {action: each.resources for each in found for action in each.actions}


def test_a_session_changes_its_own_service_and_its_deployments_only() -> None:
    own = (
        f"{ECS}:service/main/cowsay",
        f"{ECS}:service-deployment/main/cowsay/*",
        f"{ECS}:service-revision/main/cowsay/*",
    )
    for action in ("UpdateService", "ContinueServiceDeployment", "StopServiceDeployment", "DescribeServiceRevisions"):
        assert by_action()[f"ecs:{action}"] == own


def test_a_session_registers_and_tags_task_definitions_and_removes_none() -> None:
    found = by_action()
    assert found["ecs:RegisterTaskDefinition"] == found["ecs:TagResource"] == (f"{ECS}:task-definition/*",)
    assert not any(word in action for action in found for word in ("Deregister", "Delete", "Create"))


def test_a_session_passes_roles_of_its_own_account_only() -> None:
    for running in (False, True):
        assert by_action(running=running)["iam:PassRole"] == ("arn:aws:iam::222222222222:role/*",)


def test_only_a_session_that_checks_a_revision_runs_it_and_that_one_changes_nothing() -> None:
    assert "ecs:RunTask" not in by_action()
    running = by_action(running=True)
    assert running["ecs:RunTask"] == (f"{ECS}:task-definition/*",)
    assert running["ecs:DescribeTasks"] == (f"{ECS}:task/main/*",)
    assert "ecs:UpdateService" not in running


def test_the_longest_names_fit_into_what_sts_takes() -> None:
    half = LONGEST_NAMES // 2
    target = EcsTarget("222222222222", "us-gov-west-1", "c" * half, "s" * half, "app").as_target()
    for found in (rights(target), running_rights(target)):
        assert len(session_policy(found)) < LONGEST_SESSION_POLICY * 0.9


def test_services_whose_containers_differ_have_one_session() -> None:
    other = EcsTarget("222222222222", "us-east-1", "main", "cowsay", "web").as_target()
    assert session_policy(rights(other)) == session_policy(rights(TARGET))
    assert json.loads(session_policy(rights(TARGET)))["Version"] == "2012-10-17"
