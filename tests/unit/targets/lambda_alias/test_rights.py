import json
from typing import Any

import pytest

from gantry.aws.session_policy import session_policy
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.rights import preparing_rights, rights

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


DIGEST = f"sha256:{'0' * 64}"
ZIPPED = Artifact(ArtifactKind.S3_OBJECT, DIGEST, "acme/team/cowsay.zip", "v1", {"eu-west-1": "acme-eu"})


def reading(artifact: Artifact, region: str) -> dict[str, list[str]]:
    """The resources of each action of S3 in a session that prepares a version."""
    target = LambdaTarget("222222222222", region, "cowsay", "live").as_target()
    found = json.loads(session_policy(preparing_rights(target, artifact, "us-east-1")))["Statement"]
    return {action: each["Resource"] for each in found for action in each["Action"] if action.startswith("s3:")}


@pytest.mark.parametrize(
    ("region", "bucket", "key"),
    [
        ("us-east-1", "acme", "team/cowsay.zip"),
        ("eu-west-1", "acme-eu", f".gantry/{'0' * 64}/team/cowsay.zip"),
    ],
)
def test_a_session_that_prepares_a_version_may_read_its_zip_and_no_other_object(
    region: str, bucket: str, key: str
) -> None:
    assert reading(ZIPPED, region) == {
        "s3:GetObject": [f"arn:aws:s3:::{bucket}/{key}"],
        "s3:GetObjectVersion": [f"arn:aws:s3:::{bucket}/{key}"],
        "s3:ListBucket": [f"arn:aws:s3:::{bucket}"],
    }


def test_a_session_reads_nothing_of_s3_for_an_image_or_without_a_bucket_or_when_it_prepares_nothing() -> None:
    assert reading(Artifact(ArtifactKind.CONTAINER_IMAGE, DIGEST, "cowsay"), "us-east-1") == {}
    assert reading(ZIPPED, "ap-southeast-2") == {}
    assert not any(action.startswith("s3:") for each in statements() for action in each["Action"])
