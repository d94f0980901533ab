from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.deployment import PreparationOutcome, StableRevision
from gantry.promotion.errors import (
    IncompatibleTargetError,
    RevisionMismatchError,
    TargetAccessError,
    TargetConflictError,
    TargetFailedError,
    TargetNotFoundError,
)
from gantry.targets.ecs_service.confirmation import confirmed
from gantry.targets.ecs_service.container_settings import LARGEST_VARIABLES
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.preparation import RELEASE_TAG, SERVICE_TAG, Preparation
from gantry.targets.ecs_service.target_tags import TargetTags
from gantry.targets.ecs_service.task_definition import TaskDefinition
from gantry.targets.ecs_service.wanted_revision import WantedRevision
from gantry.targets.findings import Prepared
from tests.unit.targets.ecs_service.ecs_targets import (
    NEW,
    OLD,
    REGISTRY,
    SECRET,
    STABLE,
    TARGET,
    definitions_of,
    deployment,
    document,
    registered,
    wanted,
)
from tests.unit.targets.fake_task_definitions import FakeTaskDefinitions

OTHER_SECRET = "arn:aws:ssm:us-east-1:222222222222:parameter/cowsay/db"


def prepare(made: FakeTaskDefinitions, asked: WantedRevision, stable: StableRevision | None = STABLE) -> Prepared:
    return Preparation(definitions_of(made), asked).advance(stable)


def confirm(made: FakeTaskDefinitions, asked: WantedRevision, revision: str, *, is_new: bool = False) -> TaskDefinition:
    return confirmed(definitions_of(made), asked, revision, STABLE, is_new=is_new)


def test_only_what_the_manifest_gives_is_another_one() -> None:
    made = registered()
    asked = wanted(cpu="512", environment={"GREETING": "Moo"}, secrets={"DB": OTHER_SECRET}, command=["serve"])
    assert prepare(made, asked) == Prepared("cowsay:2", PreparationOutcome.PUBLISHED)
    old, new = (made.definitions[f"cowsay:{each}"]["taskDefinition"] for each in (1, 2))
    assert new["containerDefinitions"][0] == old["containerDefinitions"][0]
    assert new["containerDefinitions"][1] == old["containerDefinitions"][1] | {
        "image": f"{REGISTRY}@{NEW}",
        "environment": [{"name": "GREETING", "value": "Moo"}],
        "secrets": [{"name": "DB", "valueFrom": OTHER_SECRET}],
        "command": ["serve"],
    }
    changed = {"taskDefinitionArn", "revision", "cpu", "containerDefinitions"}
    assert {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)} == changed
    assert (new["cpu"], new["memory"]) == ("512", "512")


def test_nothing_given_leaves_all_but_the_image() -> None:
    made = registered()
    prepare(made, wanted())
    old, new = (made.container_of(f"cowsay:{each}", "app") for each in (1, 2))
    assert {"GREETING", "COLOUR"} == {each["name"] for each in new["environment"]}
    assert {name for name in old if old[name] != new[name]} <= {"image", "environment"}


def test_an_empty_mapping_or_list_takes_all_away() -> None:
    made = registered(document(command=["serve"]))
    prepare(made, wanted(environment={}, secrets={}, command=[]))
    found = made.container_of("cowsay:2", "app")
    assert (found["environment"], found["secrets"], found["command"]) == ([], [], [])


def test_another_try_finds_what_the_first_one_registered() -> None:
    made = registered()
    assert prepare(made, wanted()) == prepare(made, wanted())
    made.lose_answer("register_task_definition")
    later = replace(deployment(), release=replace(deployment().release, manifest_revision="later"))
    asked = WantedRevision(later, f"{REGISTRY}@{NEW}")
    with pytest.raises(Exception, match="Read timeout"):
        prepare(made, asked)
    assert prepare(made, asked).revision == "cowsay:3"
    assert made.calls["register_task_definition"] == 2


@pytest.mark.parametrize("tag", [{"team": "farm"}, {RELEASE_TAG: "another release"}])
def test_what_others_registered_with_the_same_content_is_not_taken(tag: dict[str, str]) -> None:
    made = registered()
    written = [{"key": key, "value": value} for key, value in tag.items()]
    made.register_task_definition(**document(f"{REGISTRY}@{NEW}"), tags=written)
    assert prepare(made, wanted()).revision == "cowsay:3"


def test_what_has_the_releases_tag_and_another_content_is_not_taken() -> None:
    made = registered()
    tags = [{"key": RELEASE_TAG, "value": deployment().release.id}]
    made.register_task_definition(**document(f"{REGISTRY}@{NEW}") | {"cpu": "4096"}, tags=tags)
    assert prepare(made, wanted()).revision == "cowsay:3"


def test_what_was_deregistered_is_passed_over() -> None:
    made = registered()
    made.deregister(prepare(made, wanted()).revision)
    assert prepare(made, wanted()).revision == "cowsay:3"


def test_what_is_deregistered_or_deleted_while_it_is_looked_for_is_passed_over() -> None:
    made = registered()
    prepare(made, wanted())
    made.after("list_task_definitions", lambda: made.deregister("cowsay:2"))
    assert prepare(made, wanted()).revision == "cowsay:3"
    made.after("list_task_definitions", lambda: made.delete("cowsay:3"))
    assert prepare(made, wanted()).revision == "cowsay:4"


def test_a_live_revision_that_is_the_release_already_is_unchanged() -> None:
    made = registered()
    asked = wanted(OLD, environment={"COLOUR": "red", "GREETING": "Hello"}, cpu="256")
    assert prepare(made, asked) == Prepared("cowsay:1", PreparationOutcome.UNCHANGED)
    assert set(made.calls) == {"describe_task_definition"}


def test_the_same_image_from_another_regions_registry_is_unchanged() -> None:
    made = registered(document(f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/cowsay@{OLD}"))
    assert prepare(made, wanted(OLD)).outcome is PreparationOutcome.UNCHANGED


def test_an_image_that_a_tag_names_is_pinned_by_its_digest() -> None:
    made = registered(document(f"{REGISTRY}:1.0"))
    assert prepare(made, wanted(OLD)).outcome is PreparationOutcome.PUBLISHED
    assert made.container_of("cowsay:2", "app")["image"] == f"{REGISTRY}@{OLD}"


def test_the_owners_tags_are_kept_and_no_tag_of_aws_or_of_another_release() -> None:
    theirs = {"team": "farm", RELEASE_TAG: "before", "gantry:answered": "x"}
    made = registered(tags=theirs)
    made.definitions["cowsay:1"]["tags"].append({"key": "aws:cloudformation:stack-name", "value": "farm"})
    prepare(made, wanted())
    release = deployment().release
    assert made.tags_of("cowsay:2") == {"team": "farm", RELEASE_TAG: release.id, SERVICE_TAG: "cowsay"}


def test_there_has_to_be_room_for_gantrys_tags_while_the_traffic_moves_too() -> None:
    made = registered(tags={f"t{number}": "x" for number in range(47)})
    with pytest.raises(IncompatibleTargetError, match="47 tags"):
        prepare(made, wanted())
    prepare(fits := registered(tags={f"t{number}": "x" for number in range(46)}), wanted())
    arn, keys = fits.definitions["cowsay:2"]["taskDefinition"]["taskDefinitionArn"], TargetTags.of(EcsTarget.of(TARGET))
    fits.tag_resource(resourceArn=arn, tags=[{"key": each, "value": "x"} for each in (keys.answered, keys.moved)])


def test_a_container_that_is_missing_is_named_with_those_that_are_there() -> None:
    asked = wanted()
    elsewhere = replace(TARGET, settings={"container": "web"})
    asked = replace(asked, deployment=replace(asked.deployment, target=elsewhere))
    with pytest.raises(IncompatibleTargetError, match=r"cowsay:1 has no container web, but proxy, app"):
        prepare(registered(), asked)


def test_what_is_live_has_to_exist() -> None:
    made = registered()
    made.delete("cowsay:1")
    with pytest.raises(IncompatibleTargetError, match="was deleted"):
        prepare(made, wanted())
    with pytest.raises(TargetNotFoundError):
        prepare(made, wanted(), stable=None)


def test_a_live_revision_that_was_deregistered_is_still_one_to_start_from() -> None:
    made = registered()
    made.deregister("cowsay:1")
    assert prepare(made, wanted()).revision == "cowsay:2"


@pytest.mark.parametrize(
    ("code", "message", "means"),
    [
        ("AccessDeniedException", "not authorized to perform: iam:PassRole on it", TargetAccessError),
        ("ClientException", "Too many concurrent attempts to create a new revision of x", TargetConflictError),
        ("ClientException", "No Fargate configuration exists for given values", IncompatibleTargetError),
        ("InvalidParameterException", "Number of tags", IncompatibleTargetError),
    ],
)
def test_what_ecs_refuses_says_what_to_do(code: str, message: str, means: type[Exception]) -> None:
    made = registered()
    made.refuse("register_task_definition", code, message)
    with pytest.raises(means, match=message.partition(":")[0]):
        prepare(made, wanted())


def test_a_variable_that_is_live_as_a_secret_is_refused_until_the_secret_is_gone() -> None:
    with pytest.raises(IncompatibleTargetError, match="app would have DB both as variables and as secrets"):
        prepare(made := registered(), wanted(environment={"DB": "plain"}))
    assert prepare(made, wanted(environment={"DB": "plain"}, secrets={})).revision == "cowsay:2"


def test_more_live_variables_than_people_can_be_shown_are_refused_unless_they_are_replaced() -> None:
    made = registered(document(environment=[{"name": "V", "value": "x" * LARGEST_VARIABLES}]))
    with pytest.raises(IncompatibleTargetError, match="in app, variables and secrets have 12"):
        prepare(made, wanted())
    assert prepare(made, wanted(environment={})).revision == "cowsay:2"


def test_all_reasons_are_told_at_once() -> None:
    made = registered(document(environment=[{"name": "V", "value": "x"}], secrets=[{"name": "S", "valueFrom": SECRET}]))
    asked = wanted(environment={"S": "x" * LARGEST_VARIABLES})
    with pytest.raises(
        IncompatibleTargetError, match=r"variables and secrets have 12\d+ bytes.*; app would have S both"
    ):
        prepare(made, asked)


def test_who_may_not_read_is_told_which_parameter_to_change() -> None:
    made = registered()
    made.refuse("describe_task_definition", "AccessDeniedException", "no")
    with pytest.raises(TargetAccessError, match="EcsServicePatterns"):
        prepare(made, wanted())


def test_what_was_prepared_is_read_back() -> None:
    made = registered()
    asked = wanted(memory="1024", environment={"GREETING": "Moo", "COLOUR": "blue"})
    assert confirm(made, asked, prepare(made, asked).revision, is_new=True).revision == "cowsay:2"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cpu": "4096"}, "cpu: 4096, not 256"),
        ({"memory": "4096"}, "memory: 4096, not 512"),
        ({"taskRoleArn": "arn:aws:iam::222222222222:role/admin"}, "taskRoleArn: arn:aws:iam::222222222222:role/admin"),
        ({"executionRoleArn": None}, "executionRoleArn: none, not arn:aws:iam"),
        ({"runtimePlatform": {"cpuArchitecture": "ARM64"}}, "runtimePlatform: not as asked for"),
        ({"newerSetting": True}, "newerSetting: not as asked for"),
        ({"family": "horse"}, "family: horse, not cowsay"),
    ],
)
def test_another_task_is_not_what_was_asked_for(change: dict[str, Any], told: str) -> None:
    made = registered()
    revision = prepare(made, wanted()).revision
    made.definitions[revision]["taskDefinition"] |= change
    with pytest.raises(RevisionMismatchError, match=told):
        confirm(made, wanted(), revision)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"image": f"{REGISTRY}@{OLD}"}, f"container app: image: {REGISTRY}@{OLD}, not {REGISTRY}@{NEW}"),
        ({"image": f"{REGISTRY}:1.0"}, f"digest of app: none, not {NEW}"),
        ({"environment": []}, "container app: environment: COLOUR GREETING missing"),
        (
            {"environment": [{"name": "GREETING", "value": "hunter2"}, {"name": "X", "value": "x"}]},
            "with another value",
        ),
        ({"secrets": [{"name": "DB", "valueFrom": OTHER_SECRET}]}, "container app: secrets: DB with another value"),
        ({"command": ["sh", "--password=hunter2"]}, "container app: command: "),
        ({"logConfiguration": {"logDriver": "splunk"}}, "container app: logConfiguration: not as asked for"),
        ({"user": "root"}, "container app: user: not as asked for"),
    ],
)
def test_another_container_is_not_what_was_asked_for_and_no_secret_is_told(change: dict[str, Any], told: str) -> None:
    made = registered()
    revision = prepare(made, wanted()).revision
    made.container_of(revision, "app").update(change)
    with pytest.raises(RevisionMismatchError) as error:
        confirm(made, wanted(), revision)
    assert told in str(error.value)
    assert "hunter2" not in str(error.value)


def test_containers_that_are_missing_or_new_are_named() -> None:
    made = registered()
    revision = prepare(made, wanted()).revision
    made.container_of(revision, "proxy")["name"] = "tunnel"
    with pytest.raises(RevisionMismatchError, match="container proxy: missing; container tunnel: not asked for"):
        confirm(made, wanted(), revision)


def test_the_order_of_variables_and_what_is_left_out_as_empty_make_no_difference() -> None:
    made = registered()
    revision = prepare(made, wanted()).revision
    found = made.container_of(revision, "app")
    found["environment"].reverse()
    del found["systemControls"]
    found["dnsServers"] = []
    assert confirm(made, wanted(), revision).revision == revision


def test_the_order_of_arguments_makes_a_difference() -> None:
    made = registered(document(command=["a", "b"]))
    revision = prepare(made, wanted()).revision
    made.container_of(revision, "app")["command"].reverse()
    with pytest.raises(RevisionMismatchError, match=r'command: \["b", "a"\], not \["a", "b"\]'):
        confirm(made, wanted(), revision)


def test_without_the_stable_revision_what_the_manifest_gives_is_compared() -> None:
    made = registered()
    asked = wanted(cpu="512")
    revision = prepare(made, asked).revision
    made.delete("cowsay:1")
    assert confirm(made, asked, revision).revision == revision
    made.definitions[revision]["taskDefinition"]["cpu"] = "256"
    with pytest.raises(RevisionMismatchError, match="cpu: 256, not 512"):
        confirm(made, asked, revision)


def test_what_was_deregistered_right_after_it_was_made_takes_no_traffic() -> None:
    made = registered()
    revision = prepare(made, wanted()).revision
    made.deregister(revision)
    with pytest.raises(TargetFailedError, match="INACTIVE"):
        confirm(made, wanted(), revision, is_new=True)
    assert confirm(made, wanted(), revision).revision == revision


def test_what_does_not_exist_cannot_be_confirmed() -> None:
    with pytest.raises(TargetNotFoundError, match="cowsay:9"):
        confirm(registered(), wanted(), "cowsay:9")


def test_no_secret_is_in_what_is_printed_of_a_task_definition() -> None:
    (found,) = [definitions_of(registered()).find("cowsay:1")]
    assert found is not None
    assert SECRET not in repr(found)
    assert "Hello" not in repr(found.settings("app"))
