from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion import durations
from gantry.promotion.errors import InvalidRequestError, ManifestError
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.manifest.override import written_out
from gantry.promotion.manifest.reading import parse
from gantry.promotion.traffic import Step
from gantry.promotion.traffic_presets import PRESETS
from gantry.promotion.versioning import Versioning
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from tests.unit.manifest.documents import ABSENT, SCHEMAS, VALID, changed, text


def environments_of(document: dict[str, Any]) -> tuple[Environment, ...]:
    return parse(text(document), SCHEMAS).environments


def test_a_manifest_says_what_is_promoted_and_where() -> None:
    manifest = parse(text(VALID), SCHEMAS, "cowsay")
    assert (manifest.service, manifest.versioning, manifest.architecture) == (
        "cowsay",
        Versioning("git-sha"),
        "x86_64",
    )
    dev, prod = manifest.environments
    assert dev == Environment(
        name="dev",
        targets=(LambdaTarget("222222222222", "us-east-1", "cowsay", "live").as_target(),),
        approval=None,
        plan=(),
        alarms=(),
        configuration={"memory_mb": 512, "environment": {"TO_SAY": "Hello", "LOG_LEVEL": "INFO"}},
        judge=JudgeSettings(),
    )
    assert prod == Environment(
        name="prod",
        targets=(LambdaTarget("444444444444", "us-east-1", "cowsay", "live").as_target(),),
        approval=ApprovalPolicy(("ops@example.com",), 72 * 3600),
        plan=(Step(10, 600), Step(50, 3600)),
        alarms=(),
        configuration={
            "memory_mb": 512,
            "timeout_seconds": 10,
            "environment": {"TO_SAY": "Hello from prod", "LOG_LEVEL": "INFO"},
        },
        judge=JudgeSettings(on_inconclusive="ask"),
    )


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_a_role_is_in_the_partition_of_its_targets_region(region: str, partition: str) -> None:
    role = f"arn:{partition}:iam::222222222222:role/cowsay"
    target = {"account": "222222222222", "region": region, "function": "cowsay", "alias": "live", "role": role}
    dev, _ = environments_of(changed("environments.0.targets", [target]))
    assert dev.targets[0].settings == {"role": role}


def test_a_target_may_have_a_role_and_more_than_one_target_may_be_deployed_to() -> None:
    role = "arn:aws:iam::222222222222:role/functions/cowsay"
    targets = [
        {"account": "222222222222", "region": region, "function": "cowsay", "alias": "live", "role": role}
        for region in ("us-east-1", "eu-central-1")
    ]
    dev, _ = environments_of(changed("environments.0.targets", targets))
    assert [(target.region, target.settings) for target in dev.targets] == [
        ("us-east-1", {"role": role}),
        ("eu-central-1", {"role": role}),
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_traffic_may_be_a_preset(name: str) -> None:
    dev, _ = environments_of(changed("environments.0.traffic", name))
    assert dev.plan == PRESETS[name]


def test_what_is_not_given_is_not_configured() -> None:
    dev, _ = environments_of(changed("configuration", ABSENT))
    assert dev.configuration == {}


def test_empty_variables_and_an_empty_command_are_given() -> None:
    dev, _ = environments_of(changed("configuration", {"environment": {}, "command": []}))
    assert dev.configuration == {"environment": {}, "command": []}


def test_what_stands_at_the_top_holds_for_every_environment() -> None:
    shared = {"alarms": ["errors"], "traffic": "Canary10Percent5Minutes", "minimum_requests": 50}
    for environment in environments_of(VALID | shared)[:1]:
        assert environment.alarms == ("errors",)
        assert environment.plan == PRESETS["Canary10Percent5Minutes"]
        assert environment.judge.minimum_requests == 50


def test_an_environments_list_replaces_the_shared_one() -> None:
    _, prod = environments_of(changed("environments.1.alarms", ["prod-errors"]) | {"alarms": ["errors"]})
    assert prod.alarms == ("prod-errors",)


def test_an_approval_is_merged_key_by_key() -> None:
    shared = {"approval": {"approvers": ["dev@example.com"], "expires_after": "1h"}}
    dev, prod = environments_of(VALID | shared)
    assert dev.approval == ApprovalPolicy(("dev@example.com",), 3600)
    assert prod.approval == ApprovalPolicy(("ops@example.com",), 3600)


def test_an_approval_of_null_asks_nobody_in_that_environment() -> None:
    shared = {"approval": {"approvers": ["ops@example.com"]}}
    dev, prod = environments_of(changed("environments.0.approval", None) | shared)
    assert dev.approval is None
    assert prod.approval is not None


# PyYAML writes y and n without quotes, which only YAML 1.2 reads as text.
variables = st.dictionaries(
    st.sampled_from(["TO_SAY", "LOG_LEVEL", "DEBUG"]),
    st.text(st.characters(codec="ascii"), max_size=5).filter(lambda text: text not in {*"yYnN"}),
)
configurations = st.fixed_dictionaries(
    {},
    optional={
        "memory_mb": st.integers(128, 10_240),
        "timeout_seconds": st.integers(1, 900),
        "environment": variables,
        "command": st.lists(st.sampled_from(["a", "b"]), max_size=2),
    },
)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(configurations, configurations)
def test_a_configuration_is_overridden_key_by_key_and_its_variables_name_by_name(
    shared: dict[str, Any], own: dict[str, Any]
) -> None:
    resolved = written_out({"configuration": shared}, {"name": "dev", "configuration": own})["configuration"]
    for key in ("memory_mb", "timeout_seconds", "command"):
        assert resolved.get(key) == own.get(key, shared.get(key))
    everywhere = shared.get("environment", {}) | own.get("environment", {})
    assert resolved.get("environment", {}) == everywhere


@settings(deadline=None)  # a busy machine is no reason to fail
@given(configurations, configurations)
def test_overriding_is_the_same_as_writing_everything_out(shared: dict[str, Any], own: dict[str, Any]) -> None:
    overridden = changed("environments.0.configuration", own) | {"configuration": shared}
    written = changed("environments.0", written_out({"configuration": shared}, overridden["environments"][0]))
    assert environments_of(overridden)[0] == environments_of(written | {"configuration": {}})[0]


@settings(deadline=None)  # a busy machine is no reason to fail
@given(configurations, configurations)
def test_overriding_leaves_what_is_shared_as_it_was(shared: dict[str, Any], own: dict[str, Any]) -> None:
    before = yaml.safe_dump(shared)
    written_out({"configuration": shared}, {"configuration": own})
    assert yaml.safe_dump(shared) == before


plans = st.lists(st.integers(1, 99), min_size=1, max_size=12, unique=True).flatmap(
    lambda weights: st.tuples(
        st.just(sorted(weights)), st.lists(st.integers(5, 3600), min_size=len(weights), max_size=len(weights))
    )
)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(plans)
def test_every_plan_that_rises_and_bakes_twelve_hours_at_most_is_valid(plan: tuple[list[int], list[int]]) -> None:
    weights, bakes = plan
    steps = [{"weight": weight, "bake": durations.text(bake)} for weight, bake in zip(weights, bakes, strict=True)]
    dev, _ = environments_of(changed("environments.0.traffic", steps))
    assert dev.plan == tuple(Step(weight, bake) for weight, bake in zip(weights, bakes, strict=True))


@settings(deadline=None)  # a busy machine is no reason to fail
@given(st.lists(st.integers(1, 99), min_size=2, max_size=6).filter(lambda weights: weights != sorted(set(weights))))
def test_no_plan_that_does_not_rise_is_valid(weights: list[int]) -> None:
    steps = [{"weight": weight, "bake": "5s"} for weight in weights]
    with pytest.raises(ManifestError, match="give weights that rise"):
        parse(text(changed("environments.0.traffic", steps)), SCHEMAS)


def test_all_environments_are_promoted_to_when_none_is_named() -> None:
    manifest = parse(text(VALID), SCHEMAS)
    assert manifest.environments_to_promote(None) == manifest.environments


def test_named_environments_are_promoted_to_in_the_manifests_order() -> None:
    named = parse(text(VALID), SCHEMAS).environments_to_promote(["prod", "dev", "prod"])
    assert [environment.name for environment in named] == ["dev", "prod"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["dev", "qa", "test"], "has no environment qa and no test; name some of dev, prod"),
        ([], "has environments in an empty list; name some of dev, prod"),
    ],
)
def test_unknown_environments_are_refused_with_those_there_are(names: list[str], message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        parse(text(VALID), SCHEMAS).environments_to_promote(names)


@pytest.mark.parametrize(
    ("written", "versioning"),
    [
        ("git-sha", Versioning("git-sha")),
        ("semver", Versioning("semver")),
        ({"semver": {}}, Versioning("semver")),
        ({"semver": {"prereleases": True}}, Versioning("semver")),
        ({"semver": {"prereleases": False}}, Versioning("semver", prereleases=False)),
        ({"pattern": "release-[0-9]+"}, Versioning("pattern", pattern="release-[0-9]+")),
    ],
)
def test_a_versioning_is_a_name_or_a_scheme_with_options(written: object, versioning: Versioning) -> None:
    assert parse(text(changed("versioning", written)), SCHEMAS).versioning == versioning


def test_anchors_and_merge_keys_are_yaml_and_may_be_used() -> None:
    written = """
repository: cowsay
versioning: semver
environments:
  - &dev
    name: dev
    targets: [{account: "222222222222", region: us-east-1, function: cowsay, alias: live}]
    minimum_requests: 5
  - <<: *dev
    name: prod
    targets: [{account: "444444444444", region: us-east-1, function: cowsay, alias: live}]
"""
    assert [environment.judge.minimum_requests for environment in parse(written, SCHEMAS).environments] == [5, 5]
