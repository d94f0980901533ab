"""Task definitions of ECS.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import DEV
from sandbox.stand_in.process import StandIn
from tests.sandbox.ecs_services import IMAGE, an_ecs, refusal, register
from tests.sandbox.given import new_name

CONTAINER = {"name": "app", "image": IMAGE}


@pytest.fixture(scope="module")
def ecs(aws: StandIn) -> Any:
    return an_ecs(aws)


def test_revisions_of_a_family_are_numbered_also_after_one_is_inactive(ecs: Any) -> None:
    family = new_name("family")

    first = register(ecs, family)
    ecs.deregister_task_definition(taskDefinition=f"{family}:1")
    second = register(ecs, family)

    assert [first["revision"], second["revision"]] == [1, 2]
    assert second["taskDefinitionArn"].endswith(f":task-definition/{family}:2")


def test_a_family_s_name_is_its_newest_active_revision(ecs: Any) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html"""
    family = new_name("family")
    for _ in range(3):
        register(ecs, family)
    ecs.deregister_task_definition(taskDefinition=f"{family}:3")

    assert ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]["revision"] == 2


def test_tags_are_shown_to_who_asks_for_them(ecs: Any) -> None:
    family, tags = new_name("family"), [{"key": "gantry:release", "value": "r1"}]
    register(ecs, family, tags=tags)

    assert "tags" not in ecs.describe_task_definition(taskDefinition=family)
    assert ecs.describe_task_definition(taskDefinition=family, include=["TAGS"])["tags"] == tags


def test_a_tag_replaces_the_one_of_its_key_and_leaves_the_others(ecs: Any) -> None:
    family = new_name("family")
    arn = register(ecs, family, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "1"}])["taskDefinitionArn"]

    ecs.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "2"}])

    found = ecs.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {each["key"]: each["value"] for each in found} == {"a": "2", "b": "1"}


@pytest.mark.parametrize(
    "tag", [{"key": "aws:x", "value": "1"}, {"key": "a" * 129}, {"key": "a", "value": "1" * 257}, {"key": "a;b"}]
)
def test_a_tag_has_to_be_one(ecs: Any, tag: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html"""
    arn = register(ecs, new_name("family"))["taskDefinitionArn"]

    with pytest.raises(ClientError) as caught:
        ecs.tag_resource(resourceArn=arn, tags=[tag])

    assert refusal(caught.value)[0] == "InvalidParameterException"


def test_no_tags_are_left_out_and_not_sent_empty(ecs: Any) -> None:
    with pytest.raises(ClientError) as caught:
        register(ecs, new_name("family"), tags=[])

    assert refusal(caught.value) == ("ClientException", "Tags can not be empty.")


def test_a_description_has_nothing_that_cannot_be_registered_again(ecs: Any) -> None:
    """Empty texts and nulls would be refused, as they are no valid values."""
    family = new_name("family")
    register(ecs, family, runtimePlatform={"cpuArchitecture": "ARM64"})
    found = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]

    assert "" not in found.values()
    assert None not in found.values()
    read_only = {"taskDefinitionArn", "revision", "status", "compatibilities", "registeredAt", "registeredBy"}
    again = register(ecs, **{name: value for name, value in found.items() if name not in read_only})
    assert again["containerDefinitions"] == found["containerDefinitions"]
    assert again["runtimePlatform"] == found["runtimePlatform"]


def test_a_container_shows_the_lists_that_it_does_not_have(ecs: Any) -> None:
    [container] = register(ecs, new_name("family"), containerDefinitions=[CONTAINER])["containerDefinitions"]

    lists = ("portMappings", "environment", "mountPoints", "volumesFrom", "systemControls")
    assert {name: container[name] for name in lists} == {name: [] for name in lists}


def test_a_family_is_listed_by_its_whole_name_in_both_orders(ecs: Any) -> None:
    family = new_name("family")
    for name in (family, f"{family}-other", family):
        register(ecs, name)

    def revisions(**options: Any) -> list[str]:
        arns = ecs.list_task_definitions(familyPrefix=family, **options)["taskDefinitionArns"]
        return [arn.rsplit(":", 1)[-1] for arn in arns]

    assert revisions() == ["1", "2"]
    assert revisions(sort="DESC") == ["2", "1"]
    assert revisions(sort="DESC", maxResults=1) == ["2"]


def test_inactive_ones_are_listed_only_as_such(ecs: Any) -> None:
    family = new_name("family")
    register(ecs, family)
    ecs.deregister_task_definition(taskDefinition=f"{family}:1")

    assert ecs.list_task_definitions(familyPrefix=family)["taskDefinitionArns"] == []
    assert len(ecs.list_task_definitions(familyPrefix=family, status="INACTIVE")["taskDefinitionArns"]) == 1


@pytest.mark.parametrize(
    ("cpu", "memory", "fits"), [("512", "1024", True), ("512", "512", False), ("300", "512", False)]
)
def test_fargate_has_only_some_sizes(ecs: Any, cpu: str, memory: str, fits: bool) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"""
    fargate = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": cpu, "memory": memory}
    if fits:
        assert register(ecs, new_name("family"), **fargate)["cpu"] == cpu
        return
    with pytest.raises(ClientError) as caught:
        register(ecs, new_name("family"), **fargate)
    said = f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."
    assert refusal(caught.value) == ("ClientException", said)


def test_each_account_and_region_has_its_own(aws: StandIn, ecs: Any) -> None:
    family = new_name("family")
    register(ecs, family)

    for client in (aws.client("ecs", DEV), an_ecs(aws, region="eu-west-1")):
        with pytest.raises(ClientError) as caught:
            client.describe_task_definition(taskDefinition=family)
        assert refusal(caught.value)[0] == "ClientException"
