import json
from typing import Any

from gantry.aws.session_policy import session_policy
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.rights import rights

LONGEST_SESSION_POLICY = 2048
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
FUNCTION = "arn:aws:lambda:us-east-1:222222222222:function:cowsay"
ROLE = "arn:aws:iam::222222222222:role/services/cowsay"


def statements(role: str | None = None) -> list[dict[str, Any]]:
    target = LambdaTarget("222222222222", "us-east-1", "cowsay", "live", role)
    found: list[dict[str, Any]] = json.loads(session_policy(rights(target.as_target())))["Statement"]
    return found


def test_a_session_may_change_its_function_and_read_the_versions_of_it() -> None:
    (on_function,) = [each for each in statements() if "lambda:UpdateAlias" in each["Action"]]
    assert on_function["Resource"] == [FUNCTION, f"{FUNCTION}:*"]
    assert all(action.startswith("lambda:") for action in on_function["Action"])


def test_a_session_may_pass_the_one_role_that_the_manifest_gives() -> None:
    (passing,) = [each for each in statements(ROLE) if "iam:PassRole" in each["Action"]]
    assert passing["Resource"] == [ROLE]


def test_a_session_for_a_target_without_a_role_may_pass_none() -> None:
    assert not any("iam:PassRole" in each["Action"] for each in statements())


def test_a_session_may_read_the_alarms_that_watch_its_target() -> None:
    assert {"cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"} <= {
        action for each in statements() if each["Resource"] == ["*"] for action in each["Action"]
    }


def test_a_session_may_use_the_keys_of_variables_that_the_role_names() -> None:
    (on_keys,) = [each for each in statements() if "kms:Decrypt" in each["Action"]]
    assert {"kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"} <= set(on_keys["Action"])
    assert on_keys["Resource"] == ["*"]


def test_two_aliases_of_a_function_have_one_policy_and_so_one_session() -> None:
    policies = {
        session_policy(rights(LambdaTarget("222222222222", "us-east-1", "cowsay", alias).as_target()))
        for alias in ("live", "blue")
    }
    assert len(policies) == 1


def test_the_longest_names_fit_into_what_sts_takes() -> None:
    role = f"arn:aws:iam::222222222222:role/{'p' * 510}/{'r' * 64}"
    target = LambdaTarget("222222222222", "ap-southeast-2", "f" * 64, "a" * 128, role).as_target()
    assert len(session_policy(rights(target))) < LONGEST_SESSION_POLICY * 0.9
