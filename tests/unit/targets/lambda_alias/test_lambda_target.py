"""A target of the kind `lambda`, and what everybody else knows of it."""

from dataclasses import replace

import pytest

from gantry.targets.lambda_alias.lambda_errors import pull_grants
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.rights import rights

ROLE = "arn:aws:iam::222222222222:role/cowsay"
TARGET = LambdaTarget("222222222222", "eu-central-1", "cowsay", "live", role=ROLE)


def test_a_targets_id_names_account_region_function_and_alias() -> None:
    assert TARGET.id == TARGET.as_target().id == "222222222222/eu-central-1/cowsay/live"


def test_events_about_a_target_name_its_alias() -> None:
    assert TARGET.as_target().arn == "arn:aws:lambda:eu-central-1:222222222222:function:cowsay:live"


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov")])
def test_a_targets_arn_is_in_the_partition_of_its_region(region: str, partition: str) -> None:
    target = replace(TARGET, region=region)
    function = f"arn:{partition}:lambda:{region}:222222222222:function:cowsay"
    assert target.as_target().arn == f"{function}:live"
    assert rights(target.as_target())[0].resources == (function, f"{function}:*")
    assert f"like {function.removesuffix('cowsay')}*" in pull_grants(target)
    assert f"principal arn:{partition}:iam::222222222222:root" in pull_grants(target)


def test_a_target_can_be_put_together_and_taken_apart_again() -> None:
    without_role = LambdaTarget("222222222222", "eu-central-1", "cowsay", "live")
    for each in (TARGET, without_role):
        assert LambdaTarget.of(each.as_target()) == each


def test_only_a_role_that_is_given_is_shown_as_the_targets_own_setting() -> None:
    assert TARGET.as_target().settings == {"role": ROLE}
    assert LambdaTarget("222222222222", "eu-central-1", "cowsay", "live").as_target().settings == {}
