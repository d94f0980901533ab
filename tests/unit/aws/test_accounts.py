from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from gantry.aws.accounts import Accounts
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.target import Target

GIVEN = {
    "Credentials": {
        "AccessKeyId": "ASIA000000000000AAAA",
        "SecretAccessKey": "secret",
        "SessionToken": "token",
        "Expiration": datetime(2026, 11, 22, tzinfo=UTC),
    }
}


@pytest.fixture
def sts() -> Any:
    return boto3.client("sts", region_name="eu-central-1")


@pytest.fixture
def answers(sts: Any, stubbed: Callable[[Any], Stubber]) -> Stubber:
    return stubbed(sts)


@pytest.fixture
def accounts(sts: Any) -> Accounts:
    return Accounts(sts, "promotion/target", "gantry-1")


def test_a_session_is_the_targets_role_in_the_targets_region(
    accounts: Accounts, target: Target, answers: Stubber
) -> None:
    answers.add_response(
        "assume_role",
        GIVEN,
        {
            "RoleArn": "arn:aws:iam::222222222222:role/promotion/target",
            "RoleSessionName": "gantry",
            "ExternalId": "gantry-1",
            "DurationSeconds": 900,
        },
    )

    session = accounts.session(target)

    credentials = session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key, credentials.token) == (
        "ASIA000000000000AAAA",
        "secret",
        "token",
    )
    assert session.region_name == target.region


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("deployment-4f0c2d1", "deployment-4f0c2d1"),
        ("über prod/cowsay:live", "-ber-prod-cowsay-live"),
        ("x" * 65, "x" * 64),
    ],
)
def test_a_session_name_is_made_into_one_that_sts_accepts(
    accounts: Accounts, target: Target, answers: Stubber, wanted: str, given: str
) -> None:
    answers.add_response(
        "assume_role",
        GIVEN,
        {
            "RoleArn": "arn:aws:iam::222222222222:role/promotion/target",
            "RoleSessionName": given,
            "ExternalId": "gantry-1",
            "DurationSeconds": 900,
        },
    )

    accounts.session(target, wanted)


def test_an_account_that_does_not_let_the_pipeline_in_is_told_what_to_deploy(
    accounts: Accounts, target: Target, answers: Stubber
) -> None:
    answers.add_client_error("assume_role", "AccessDenied", "not authorized to perform: sts:AssumeRole")

    with pytest.raises(TargetAccessError) as caught:
        accounts.session(target)

    said = str(caught.value)
    for part in ("222222222222", "target/template.yaml", "AssetsAccount", "ExternalId", "sts:AssumeRole"):
        assert part in said
    assert isinstance(caught.value.__cause__, ClientError)


def test_another_error_of_sts_escapes(accounts: Accounts, target: Target, answers: Stubber) -> None:
    answers.add_client_error("assume_role", "RegionDisabledException")

    with pytest.raises(ClientError, match="RegionDisabledException"):
        accounts.session(target)


@mock_aws
def test_the_environment_names_the_role(monkeypatch: pytest.MonkeyPatch, target: Target) -> None:
    monkeypatch.setenv("TARGET_ROLE", "promotion/target")
    monkeypatch.setenv("EXTERNAL_ID", "gantry-1")

    caller = Accounts.from_env().session(target, "release-7").client("sts").get_caller_identity()

    assert caller["Arn"] == "arn:aws:sts::222222222222:assumed-role/target/release-7"
