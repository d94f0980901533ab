"""Every service and target has a parameter that Parameter Store takes, and no two have the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.live_parameter.names import environment_parameter, target_parameter
from gantry.promotion.manifest.name_fields import REPOSITORY_PATTERN
from gantry.promotion.object_name import KEY_PATTERN
from gantry.promotion.service_name import service_of
from gantry.promotion.target import Target, target_of_id
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.rest_api_stage.stage_target import StageTarget
from gantry.targets.s3_object.object_target import ObjectTarget

ACCOUNT, REGION = "444444444444", "us-east-1"
ARN = "arn:aws-us-gov:ssm:us-gov-west-1:444444444444:parameter"
ENVIRONMENTS = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)
REPOSITORIES = st.lists(st.text("abc09", min_size=2, max_size=8), min_size=1, max_size=28).map("/".join)
KEYS = st.lists(st.text("aZ9._=+@-", min_size=1, max_size=20).map("k{}".format), min_size=1, max_size=12).map("/".join)
SERVICES = REPOSITORIES | KEYS.map(lambda key: service_of(ArtifactKind.S3_OBJECT, f"acme-artifacts/{key}"))
NAMES = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)
TARGETS = st.one_of(
    st.builds(lambda name, alias: LambdaTarget(ACCOUNT, REGION, name, alias).as_target(), NAMES, NAMES),
    st.builds(lambda cluster, name: EcsTarget(ACCOUNT, REGION, cluster * 4, name * 4, "app").as_target(), NAMES, NAMES),
    st.builds(lambda stage: StageTarget(ACCOUNT, REGION, "a1b2c3", stage).as_target(), NAMES),
    st.builds(lambda key: ObjectTarget(ACCOUNT, REGION, "b" * 63, key).as_target(), KEYS),
)


def is_taken(name: str) -> bool:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html"""
    levels = name.split("/")[1:]
    return (
        bool(re.fullmatch(r"(/[a-zA-Z0-9_.-]+)+", name))
        and len(levels) <= 15
        and len(ARN + name) <= 1011
        and not re.match("/?(aws|ssm)", name, re.IGNORECASE)
    )


@given(service=SERVICES, environment=ENVIRONMENTS, target=TARGETS)
def test_parameter_store_takes_every_name(service: str, environment: str, target: Target) -> None:
    assert re.fullmatch(REPOSITORY_PATTERN, service) or re.fullmatch(
        KEY_PATTERN, service.removeprefix("s3/acme-artifacts/")
    )
    assert is_taken(environment_parameter(service, environment))
    assert is_taken(target_parameter(service, environment, target))


# Parts that other names are made of too, so that names would meet if they could.
PARTS = st.sampled_from(["a", "b", "prod", "live", "targets", "s3", "gantry", "a.b", "a-b", "a--b", "a_b"])
TRICKY = st.lists(PARTS | st.sampled_from(["a=b", "a@b", "a+b"]), min_size=1, max_size=12).map("/".join)
FEW = st.sampled_from(["a", "b", "live", "prod", "targets"])
TRICKY_TARGETS = st.lists(PARTS, min_size=2, max_size=4).map(
    lambda parts: target_of_id(f"{ACCOUNT}/{REGION}/{'/'.join(parts)}")
)


@given(TRICKY, TRICKY, FEW, FEW, TRICKY_TARGETS, TRICKY_TARGETS)
def test_no_two_things_have_the_same_parameter(  # noqa: PLR0913, PLR0917 -- two of three
    one: str, other: str, in_one: str, in_other: str, target: Target, other_target: Target
) -> None:
    things = {(one, in_one), (other, in_other), (one, in_one, target.id), (other, in_other, other_target.id)}
    names = {
        environment_parameter(one, in_one),
        environment_parameter(other, in_other),
        target_parameter(one, in_one, target),
        target_parameter(other, in_other, other_target),
    }
    assert len(names) == len(things)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("cowsay", "/gantry/cowsay/prod/live"),
        ("team/cowsay", "/gantry/team/cowsay/prod/live"),
        ("s3/acme/jobs/etl.py", "/gantry/s3/acme/jobs/etl.py/prod/live"),
        ("s3/acme/a=1/etl@2.py", "/gantry/s3-acme-a-1-etl-2.py.H0c2c13fba3db0371/prod/live"),
    ],
)
def test_names_are_as_the_page_says_them(service: str, name: str) -> None:
    assert environment_parameter(service, "prod") == name


def test_a_service_that_is_called_like_another_ones_environment_has_its_own() -> None:
    """With slashes, names of services could end where others begin."""
    target = LambdaTarget(ACCOUNT, REGION, "cowsay", "live").as_target()
    assert target_parameter("cowsay", "prod", target) == "/gantry/cowsay/prod/targets/cowsay.live/live"
    assert environment_parameter("cowsay/prod/targets", "cowsay-live") != target_parameter("cowsay", "prod", target)
    assert environment_parameter("cowsay", "prod") != environment_parameter("cowsay/prod", "live")


def test_what_has_passed_to_others_has_the_name_that_it_had() -> None:
    target = ObjectTarget(ACCOUNT, REGION, "acme", "site/index.html").as_target()
    assert target_parameter("cowsay", "prod", target_of_id(target.id)) == target_parameter("cowsay", "prod", target)
