from typing import Any

import pytest

from gantry.targets.ecs_service.container_settings import ContainerSettings
from gantry.targets.ecs_service.task_definition import TaskDefinition, is_revision, revision_of
from gantry.targets.ecs_service.task_differences import differences
from tests.unit.masked import MASKING
from tests.unit.targets.ecs_service.ecs_targets import (
    NEW,
    OLD,
    REGISTRY,
    SECRET,
    definitions_of,
    document,
    registered,
)


def live(**container: Any) -> TaskDefinition:
    found = definitions_of(registered(document(**container), tags={"team": "farm"})).find("cowsay:1")
    assert found is not None
    return found


def test_what_was_read_can_be_registered_again_and_is_the_same() -> None:
    made = registered(tags={"team": "farm"})
    found = definitions_of(made).find("cowsay:1")
    assert found is not None
    again = definitions_of(made).register(found.document, found.tags)
    assert again.revision == "cowsay:2"
    assert differences(found.document, again.document) == []


def test_settings_that_nobody_here_knows_are_kept() -> None:
    found = TaskDefinition.of({"taskDefinition": {"taskDefinitionArn": "a/cowsay:1", "newerSetting": {"a": 1}}})
    assert found.document == {"newerSetting": {"a": 1}}


def test_a_task_definition_says_what_its_container_runs() -> None:
    found = live()
    assert (found.revision, found.family, found.is_active, found.tags) == ("cowsay:1", "cowsay", True, {"team": "farm"})
    assert found.containers == ("proxy", "app")
    assert (found.image("app"), found.digest("app")) == (f"{REGISTRY}@{OLD}", OLD)
    assert (found.digest("proxy"), found.image("web"), found.digest("web"), found.settings("web")) == (None,) * 4


@pytest.mark.parametrize("image", ["cowsay", f"{REGISTRY}:1.0", f"{REGISTRY}@sha256:abc", f"sha256:{'a' * 64}"])
def test_only_a_whole_digest_pins_an_image(image: str) -> None:
    assert live(image=image).digest("app") is None


def test_an_image_with_tag_and_digest_is_pinned_by_the_digest() -> None:
    assert live(image=f"{REGISTRY}:1.0@{OLD}").digest("app") == OLD


def test_people_see_all_settings_of_the_container_with_its_name() -> None:
    assert live().masked("app", MASKING) == {
        "container": "app",
        "cpu": "256",
        "memory": "512",
        "environment.GREETING": "Hello",
        "environment.COLOUR": "red",
        "secrets.DB": SECRET,
        "command": "[]",
    }
    assert live().masked("web", MASKING) == {}


def test_a_task_without_a_size_of_its_own_has_none_for_people_either() -> None:
    made = registered({name: each for name, each in document().items() if name not in {"cpu", "memory"}})
    found = definitions_of(made).find("cowsay:1")
    assert found is not None
    assert not {"cpu", "memory"} & found.masked("app", MASKING).keys()
    assert found.with_release("app", f"{REGISTRY}@{NEW}", ContainerSettings(cpu="512"))["cpu"] == "512"


def test_what_is_made_of_a_task_definition_leaves_it_as_it_was() -> None:
    found = live()
    found.with_release("app", f"{REGISTRY}@{NEW}", ContainerSettings(environment={}))["containerDefinitions"].clear()
    assert found.digest("app") == OLD


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("cowsay:12", True),
        ("Cow-say_2:1", True),
        ("cowsay", False),
        ("cowsay:0", False),
        ("cowsay:latest", False),
        ("arn:aws:ecs:us-east-1:222222222222:task-definition/cowsay:12", False),
        ("cow say:1", False),
        ("cowsay:1\n", False),
    ],
)
def test_a_revision_is_a_family_with_a_number(name: str, is_one: bool) -> None:
    assert is_revision(name) is is_one


def test_a_revision_is_named_without_what_all_arns_have() -> None:
    assert revision_of("arn:aws:ecs:us-east-1:222222222222:task-definition/cowsay:12") == "cowsay:12"
    assert revision_of("cowsay:12") == "cowsay:12"
