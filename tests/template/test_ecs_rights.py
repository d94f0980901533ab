"""What the target role may do with ECS services: only those that its stack names, with their deployments."""

import json
import re

from tests.template.intrinsics import resolved
from tests.template.parsed import TARGET, actions, if_there, resources, template
from tests.template.test_target_role import may

ECS = resources("AWS::IAM::ManagedPolicy", TARGET)["DeployEcsServices"]["PolicyDocument"]["Statement"]
SERVICES = ["main/cowsay", "ops/orders-*"]


def at_services(action: str, **given: str) -> set[str]:
    """The resources on which the role may do something with ECS, where these parameters are given."""
    parameters = {"EcsServicePatterns": SERVICES, **{name: text.split(",") for name, text in given.items()}}
    (statement,) = [each for each in map(if_there, ECS) if action in actions([each])]
    return set(resolved(statement["Resource"], parameters))


def test_only_services_that_match_a_pattern_are_deployed_to_with_their_deployments_and_revisions() -> None:
    names = ("main/cowsay", "ops/orders-*")
    assert at_services("ecs:UpdateService") == {
        *(f"arn:*:ecs:*:*:service/{name}" for name in names),
        *(f"arn:*:ecs:*:*:{kind}/{name}/*" for name in names for kind in ("service-deployment", "service-revision")),
    }
    assert not [action for action in actions(may()) if re.search("Delete|Deregister", action)]


def test_only_task_definitions_of_the_named_families_are_registered_tagged_and_run() -> None:
    families = {"arn:*:ecs:*:*:task-definition/cowsay:*", "arn:*:ecs:*:*:task-definition/orders-*:*"}
    for action in ("ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:RunTask"):
        assert at_services(action, TaskDefinitionPatterns="cowsay,orders-*") == families


def test_tasks_run_only_in_the_named_clusters_and_only_where_some_are_named() -> None:
    assert at_services("ecs:DescribeTasks", CheckClusters="main,batch") == {
        "arn:*:ecs:*:*:task/main/*",
        "arn:*:ecs:*:*:task/batch/*",
    }
    (running,) = [each for each in may() if "ecs:RunTask" in actions([each])]
    clusters = resolved(running["Condition"]["ArnLike"]["ecs:cluster"], {"CheckClusters": ["main", "batch"]})
    assert clusters == ["arn:*:ecs:*:*:cluster/main", "arn:*:ecs:*:*:cluster/batch"]
    conditional = [each["Fn::If"] for each in ECS if "Fn::If" in each]
    assert {condition: otherwise for condition, _, otherwise in conditional} == {
        "PassesTaskRoles": {"Ref": "AWS::NoValue"},
        "RunsTasks": {"Ref": "AWS::NoValue"},
    }
    assert [each["Sid"] for condition, each, _ in conditional if condition == "RunsTasks"] == [
        "RunTasksOfNewRevisions",
        "SeeHowTasksEnd",
    ]


def test_only_named_roles_are_passed_to_tasks_and_to_nothing_but_ecs() -> None:
    assert at_services("iam:PassRole", TaskRolePatterns="cowsay,ecs/orders-*") == {
        "arn:*:iam::*:role/cowsay",
        "arn:*:iam::*:role/ecs/orders-*",
    }
    (passing,) = [each for each in may() if each["Sid"] == "GiveTasksTheirRoles"]
    assert passing["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]}
    }


def length(services: int) -> int:
    """Return how many characters the policy has for services like that of the example: a family and two roles each."""
    names = [f"svc{number:02}-{'x' * 14}" for number in range(services)]
    parameters = {
        "EcsServicePatterns": [f"production/{name}" for name in names],
        "TaskDefinitionPatterns": names,
        "TaskRolePatterns": [f"{name}-{role}" for name in names for role in ("execution", "task")],
        "CheckClusters": ["production"],
        "AWS::AccountId": "222222222222",
    }
    policy = {"Version": "2012-10-17", "Statement": resolved([if_there(each) for each in ECS], parameters)}
    return len(json.dumps(policy, separators=(",", ":")))


def test_as_many_services_fit_into_their_policy_as_its_parameter_says() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 6,144 characters without spaces."""
    (said,) = re.findall(r"About (\d+) fit", template(TARGET)["Parameters"]["EcsServicePatterns"]["Description"])
    assert length(int(said)) < 6_144 < length(int(said) + 3)
