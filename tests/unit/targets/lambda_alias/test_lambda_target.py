"""A target of the kind `lambda`, and what everybody else knows of it."""

from gantry.targets.lambda_alias.lambda_target import LambdaTarget

ROLE = "arn:aws:iam::222222222222:role/cowsay"
TARGET = LambdaTarget("222222222222", "eu-central-1", "cowsay", "live", role=ROLE)


def test_a_targets_id_names_account_region_function_and_alias() -> None:
    assert TARGET.id == TARGET.as_target().id == "222222222222/eu-central-1/cowsay/live"


def test_events_about_a_target_name_its_alias() -> None:
    assert TARGET.as_target().arn == "arn:aws:lambda:eu-central-1:222222222222:function:cowsay:live"


def test_a_target_can_be_put_together_and_taken_apart_again() -> None:
    without_role = LambdaTarget("222222222222", "eu-central-1", "cowsay", "live")
    for each in (TARGET, without_role):
        assert LambdaTarget.of(each.as_target()) == each


def test_only_a_role_that_is_given_is_shown_as_the_targets_own_setting() -> None:
    assert TARGET.as_target().settings == {"role": ROLE}
    assert LambdaTarget("222222222222", "eu-central-1", "cowsay", "live").as_target().settings == {}
