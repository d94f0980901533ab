"""What a manifest may say of an ECS service, alone and beside functions."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.manifest.json_schema import json_schema
from gantry.promotion.manifest.reading import parse
from gantry.promotion.policy.binding import unbound_reason
from gantry.promotion.policy.content import Binding, Policy
from gantry.promotion.traffic import Plan, Step
from gantry.promotion.traffic_presets import PRESETS
from gantry.targets.ecs_service.binding import bound_names
from gantry.targets.ecs_service.container_settings import LARGEST_VARIABLES, ContainerSettings
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.manifest_keys import EcsConfigurationKeys
from gantry.targets.ecs_service.schema import SCHEMA
from gantry.targets.ecs_service.step_strategy import StepStrategy, equal_steps, strategy_of, why_not
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.schema import SCHEMA as LAMBDA
from tests.unit.manifest.documents import VALID, changed, problems, text
from tests.unit.masked import MASKING
from tests.unit.targets.ecs_service.ecs_targets import KEYS, SECRET, SERVICE, TARGET

BOTH = {"lambda": LAMBDA, "ecs": SCHEMA}
FUNCTION = VALID["environments"][0]["targets"][0]
SHARED = {"environment": {"GREETING": "Hello"}, "command": ["serve"]}
OF_BOTH: dict[str, Any] = {
    "repository": "cowsay",
    "versioning": "git-sha",
    "configuration": SHARED | {"memory_mb": 512, "memory": 1024},
    "environments": [
        {"name": "dev", "targets": [FUNCTION, {"kind": "ecs", **KEYS}]},
        {
            "name": "prod",
            "targets": [{"kind": "ecs", **KEYS, "account": "444444444444"}],
            "configuration": {"cpu": "0512", "environment": {"GREETING": "Moo"}, "secrets": {"DB": SECRET}},
            "traffic": "Linear10PercentEvery1Minute",
        },
    ],
}


def linear(weight: int, bake_seconds: int = 60) -> Plan:
    return tuple(Step(each, bake_seconds) for each in range(weight, 100, weight))


def test_a_target_is_a_service_and_the_container_that_gets_the_image() -> None:
    assert SCHEMA.target(KEYS) == TARGET
    assert TARGET.id == "222222222222/us-east-1/ecs/main/cowsay"
    assert TARGET.arn == "arn:aws:ecs:us-east-1:222222222222:service/main/cowsay"
    assert EcsTarget.of(TARGET) == SERVICE
    assert SERVICE.id == TARGET.id


def test_arns_are_of_the_regions_partition() -> None:
    there = EcsTarget("222222222222", "cn-north-1", "main", "cowsay", "app")
    assert there.cluster_arn == "arn:aws-cn:ecs:cn-north-1:222222222222:cluster/main"
    assert there.task_definition_arn("cowsay:1").endswith(":222222222222:task-definition/cowsay:1")


def test_people_see_when_another_container_gets_the_image() -> None:
    other = SCHEMA.target({**KEYS, "container": "web"})
    assert other.id == TARGET.id
    assert (TARGET.settings, other.settings) == ({"container": "app"}, {"container": "web"})


@pytest.mark.parametrize(("given", "stored"), [(512, "512"), ("512", "512"), ("0512", "512")])
def test_units_are_stored_as_ecs_returns_them(given: object, stored: str) -> None:
    assert SCHEMA.configuration({"cpu": given, "memory": given}) == {"cpu": stored, "memory": stored}


@pytest.mark.parametrize(
    "place",
    [
        SECRET,
        f"{SECRET}:password::",
        f"{SECRET}:pass word:AWSPREVIOUS:".replace(" ", "-"),
        f"{SECRET}::AWSCURRENT:01234567-89ab-cdef-0123-456789abcdef",
        "arn:aws-us-gov:secretsmanager:us-gov-west-1:222222222222:secret:team/db+x-AbCdEf",
        "arn:aws:ssm:us-east-1:222222222222:parameter/cowsay/db",
        "arn:aws:ssm:us-east-1:222222222222:parameter/db",
        "/cowsay/db",
        "cowsay.db",
    ],
)
def test_every_place_where_ecs_finds_secrets_is_taken(place: str) -> None:
    assert SCHEMA.configuration({"secrets": {"DB": place}}) == {"secrets": {"DB": place}}


@pytest.mark.parametrize(
    "place",
    ["", "hunter 2", "p@ss", "arn:aws:s3:::bucket/key", f"{SECRET}:password", "arn:aws:ssm:us-east-1:2:parameter/x"],
)
def test_what_is_no_place_of_a_secret_is_refused_and_not_repeated(place: str) -> None:
    document = changed("environments.1.configuration.secrets.DB", place, OF_BOTH)
    (problem,) = problems(document, schemas=BOTH)
    assert problem.startswith("environments[1].configuration.secrets.DB: it is not where ECS finds a secret")
    assert not place or place not in problem


def test_more_variables_than_people_can_be_shown_are_refused() -> None:
    fits = {"V": "x" * (LARGEST_VARIABLES - len('[{"V":""},{"S":"/é"}]') - 1)}  # é has two bytes
    assert list(SCHEMA.configuration_problems({"environment": fits, "secrets": {"S": "/é"}}, artifact=None)) == []
    more = {"V": fits["V"] + "x"}
    (problem,) = SCHEMA.configuration_problems({"environment": more, "secrets": {"S": "/é"}}, artifact=None)
    assert problem.location == ("environment",)
    assert "have 12289 bytes; Gantry takes 12288 at most" in problem.message


def test_names_have_to_fit_into_a_session_policy() -> None:
    keys = {**KEYS, "cluster": "c" * 128, "service": "s" * 129}
    (problem,) = SCHEMA.target_problems(keys, artifact=None)
    assert problem.location == ("service",)
    assert "257 characters together" in problem.message
    assert list(SCHEMA.target_problems({**keys, "service": "s" * 128}, artifact=None)) == []
    assert list(SCHEMA.target_problems({"cluster": 5}, artifact=None)) == []


def test_nothing_says_how_long_a_request_takes_and_nothing_is_shared() -> None:
    assert SCHEMA.longest_request_seconds({}) is None
    assert SCHEMA.shared_draft(KEYS, {}) is None


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_ecs_takes_every_preset(name: str) -> None:
    document = changed("environments.1.traffic", name, OF_BOTH)
    assert problems(document, schemas=BOTH) == []


@given(st.integers(3, 49), st.integers(5, 3_600))
def test_ecs_takes_equal_steps_up_to_all_traffic(weight: int, bake: int) -> None:
    plan = linear(weight, bake)
    assert strategy_of(plan) is StepStrategy.LINEAR
    assert strategy_of(plan[:-1]) is (StepStrategy.CANARY if len(plan) == 2 else None)
    assert strategy_of((*plan[:-1], Step(plan[-1].weight, bake + 1))) is None
    assert (strategy_of(plan[1:]) is None) == (len(plan) > 2)


@given(st.integers(1, 99))
def test_ecs_takes_any_one_step(weight: int) -> None:
    assert strategy_of((Step(weight, 5),)) is StepStrategy.CANARY
    assert strategy_of(()) is StepStrategy.ALL_AT_ONCE


@given(st.lists(st.integers(1, 99), min_size=2, max_size=30, unique=True))
def test_what_is_advised_in_place_of_a_plan_is_taken(weights: list[int]) -> None:
    plan = tuple(Step(each, 60) for each in sorted(weights))
    if (message := why_not(plan)) is None:
        assert plan == equal_steps(plan[0])
        return
    assert f"give {plan[0].weight} alone" in message
    assert strategy_of(plan[:1])
    if "and so on" in message or "all with one bake" in message:
        assert strategy_of(equal_steps(plan[0]))


def test_a_plan_that_is_wrong_in_itself_is_reported_once() -> None:
    for steps in ([{"weight": 50, "bake": "1m"}, {"weight": 25, "bake": "1m"}], [{"weight": 1}], [5, 6], "Linear"):
        found = problems(changed("environments.1.traffic", steps, OF_BOTH), schemas=BOTH)
        assert found
        assert not any("cannot take these steps" in each for each in found)


def test_steps_that_only_functions_can_take_are_refused_where_there_is_a_service_too() -> None:
    steps = [{"weight": 10, "bake": "1m"}, {"weight": 50, "bake": "1m"}]
    document = changed("environments.0.traffic", steps, OF_BOTH)
    (problem,) = problems(document, schemas=BOTH)
    assert problem.startswith("environments[0].traffic: targets of the kind ecs cannot take these steps")
    assert problems(changed("environments.0.targets", [FUNCTION], document), schemas=BOTH) == []


def test_one_image_goes_to_functions_and_services_with_what_each_kind_knows() -> None:
    dev, prod = parse(text(OF_BOTH), BOTH).environments
    assert [each.kind for each in dev.targets] == ["lambda", "ecs"]
    assert LambdaConfiguration.of_manifest(dev.configuration) == LambdaConfiguration(
        memory_mb=512, environment={"GREETING": "Hello"}, command=["serve"]
    )
    assert ContainerSettings.of_manifest(dev.configuration) == ContainerSettings(
        memory="1024", environment={"GREETING": "Hello"}, command=["serve"]
    )
    assert ContainerSettings.of_manifest(prod.configuration) == ContainerSettings(
        "512", "1024", {"GREETING": "Moo"}, {"DB": SECRET}, ["serve"]
    )


def test_a_shared_value_has_to_be_right_for_both_kinds() -> None:
    assert problems(changed("configuration.environment", {"my.name": "x"}, OF_BOTH), schemas=BOTH) == [
        "configuration.environment.my.name: 'my.name' is not an environment variable's name; give a letter, then at "
        "least one more letter, digit or _"
    ]
    only = changed("environments.0.targets", [{"kind": "ecs", **KEYS}], OF_BOTH)
    only = changed("configuration", {"environment": {"my.name": "x"}}, only)
    assert problems(only, schemas=BOTH) == []


def test_an_editor_takes_what_the_reader_takes() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(json_schema(BOTH)))
    validator.check_schema(validator.schema)
    assert validator.is_valid(OF_BOTH)
    for path, value in (
        ("environments.0.targets.1.container", 5),
        ("environments.1.configuration.cpu", "half"),
        ("environments.1.configuration.cpu", 64),
        ("environments.1.configuration.secrets.DB", "hunter 2"),
        ("environments.1.configuration.secrets", {"1DB": SECRET}),
    ):
        assert not validator.is_valid(changed(path, value, OF_BOTH)), path


def test_people_see_settings_masked_and_where_secrets_lie() -> None:
    given = {
        "cpu": "512",
        "environment": {"LOG_LEVEL": "INFO", "API_TOKEN": "hunter2-hunter2"},
        "secrets": {"DB_PASSWORD": "/cowsay/db", "API_KEY": SECRET},
        "command": ["serve", "--password=hunter2"],
        "memory_mb": 5,
    }
    masked = SCHEMA.mask(given, MASKING)
    assert masked.keys() == {
        "cpu", "environment.LOG_LEVEL", "environment.API_TOKEN", "secrets.DB_PASSWORD", "secrets.API_KEY", "command"
    }  # fmt: skip
    assert (masked["secrets.DB_PASSWORD"], masked["secrets.API_KEY"]) == ("/cowsay/db", SECRET)
    assert "hunter2" not in json.dumps(masked)


@pytest.mark.parametrize("word", ["hunter2", "Tr0ub4dor.3", "db-password"])
def test_a_word_in_place_of_a_place_may_be_the_secret_itself(word: str) -> None:
    masked = SCHEMA.mask({"secrets": {"DB_PASSWORD": word, "apiToken": word}}, MASKING)

    assert list(masked) == ["secrets.DB_PASSWORD", "secrets.apiToken"]
    assert word not in json.dumps(masked)


def test_a_secret_in_place_of_where_it_lies_is_masked() -> None:
    secret = "ghp_0123456789abcdefghij"
    assert secret not in json.dumps(SCHEMA.mask({"secrets": {"X": secret}}, MASKING))


def test_what_is_emptied_is_seen_too() -> None:
    assert SCHEMA.mask({"environment": {}, "secrets": {}, "command": []}, MASKING) == {
        "environment": "none",
        "secrets": "none",
        "command": "[]",
    }
    assert SCHEMA.mask({}, MASKING) == {}


def test_every_key_of_a_manifest_is_a_setting() -> None:
    assert set(EcsConfigurationKeys.model_fields) == set(ContainerSettings.__dataclass_fields__)


def binding(*targets: str, kind: str = "ecs") -> Binding:
    return Binding("cows", ("team/*",), kind, ("222222222222",), ("*",), targets, (), ())


@pytest.mark.parametrize(
    ("targets", "is_bound"),
    [
        (("ecs/main/cowsay",), True),
        (("ecs/main/*",), True),
        (("ecs/main/cow*",), True),
        (("ecs/other/*",), False),
        (("ecs/main/cow",), False),
        (("cowsay",), False),
    ],
)
def test_a_binding_covers_single_services_or_a_whole_cluster(targets: tuple[str, ...], is_bound: bool) -> None:
    names = bound_names(TARGET)
    reason = unbound_reason(Policy("p", (binding(*targets),)), "team/shop", TARGET, names, ())
    assert (reason is None) == is_bound
    assert unbound_reason(Policy("p", (binding(*targets, kind="lambda"),)), "team/shop", TARGET, names, ()) is not None


def test_without_the_policy_file_a_service_has_the_ecs_service_of_its_name_only() -> None:
    names = bound_names(TARGET)
    assert unbound_reason(Policy(), "team/cowsay", TARGET, names, ()) is None
    assert unbound_reason(Policy(), "team/horse", TARGET, names, ()) is not None
    assert names.roles == ()
