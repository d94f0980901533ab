from gantry.promotion.target import Target

TARGET = Target("222222222222", "eu-central-1", "cowsay", "live", role="arn:aws:iam::222222222222:role/cowsay")


def test_a_targets_id_names_account_region_function_and_alias() -> None:
    assert TARGET.id == "222222222222/eu-central-1/cowsay/live"


def test_a_target_knows_the_arns_of_its_function_and_alias() -> None:
    assert TARGET.function_arn == "arn:aws:lambda:eu-central-1:222222222222:function:cowsay"
    assert TARGET.alias_arn == "arn:aws:lambda:eu-central-1:222222222222:function:cowsay:live"
