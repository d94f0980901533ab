import gc
import weakref
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from gantry.aws.accounts import Accounts
from gantry.aws.clients import CONFIG
from gantry.aws.session_policy import Right, reading, session_policy
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.target import Target

POLICIES = {
    "cowsay/live": session_policy([Right(("lambda:UpdateAlias",), ("arn:cowsay",))]),
    "fortune/live": session_policy([Right(("lambda:UpdateAlias",), ("arn:fortune",))]),
}
"""What a session for each target may do."""
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ASKED = {
    "RoleArn": "arn:aws:iam::222222222222:role/gantry/gantry/gantry-target",
    "RoleSessionName": "ShiftTraffic",
    "ExternalId": "gantry-1",
    "Policy": POLICIES["cowsay/live"],
    "DurationSeconds": 900,
}


def rights(target: Target) -> tuple[Right, ...]:
    return (Right(("lambda:UpdateAlias",), (f"arn:{target.name.partition('/')[0]}",)),)


class Clock:
    """The time, which passes when a test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def let_pass(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client() -> Any:
    return boto3.client("sts", region_name="eu-central-1")


@pytest.fixture
def accounts(client: Any, clock: Clock) -> Accounts:
    return Accounts(client, "gantry/gantry/gantry-target", "gantry-1", rights, clock, session_name="ShiftTraffic")


def open_for_15_minutes(answers: Stubber, clock: Clock, name: str = "one", asked: dict[str, Any] = ASKED) -> None:
    credentials = {
        "AccessKeyId": f"ASIA000000000000{name}",
        "SecretAccessKey": f"secret-{name}",
        "SessionToken": f"token-{name}",
        "Expiration": clock.now + timedelta(minutes=15),
    }
    answers.add_response("assume_role", {"Credentials": credentials}, asked)


def credentials_of(client: Any) -> tuple[str, str, str]:
    found = client._request_signer._credentials
    return found.access_key, found.secret_key, found.token


def test_a_client_has_the_rights_of_the_targets_role_in_the_targets_region(
    accounts: Accounts, target: Target, answers: Stubber, clock: Clock
) -> None:
    open_for_15_minutes(answers, clock)

    client = accounts.client("lambda", target)

    assert credentials_of(client) == ("ASIA000000000000one", "secret-one", "token-one")
    assert (client.meta.service_model.service_name, client.meta.region_name) == ("lambda", target.region)
    assert client.meta.config.read_timeout == CONFIG.read_timeout  # type: ignore[attr-defined]


def test_the_role_is_in_the_partition_of_the_targets_region(
    accounts: Accounts, target: Target, answers: Stubber, clock: Clock
) -> None:
    for region, partition in (("cn-northwest-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")):
        role = f"arn:{partition}:iam::222222222222:role/gantry/gantry/gantry-target"
        open_for_15_minutes(answers, clock, asked=ASKED | {"RoleArn": role})
        assert accounts.client("lambda", replace(target, region=region)).meta.region_name == region


def test_a_session_is_used_again_for_every_service(
    accounts: Accounts, target: Target, answers: Stubber, clock: Clock
) -> None:
    open_for_15_minutes(answers, clock)
    first = accounts.client("lambda", target)
    clock.let_pass(10)

    assert accounts.client("lambda", target) is first
    assert accounts.client("lambda", replace(target, name="cowsay/blue")) is first, "it has the same rights"
    assert credentials_of(accounts.client("cloudwatch", target)) == credentials_of(first)


def test_each_target_has_a_session_that_may_touch_no_other_target(
    accounts: Accounts, target: Target, answers: Stubber, clock: Clock
) -> None:
    other = replace(target, name="fortune/live")
    open_for_15_minutes(answers, clock)
    open_for_15_minutes(answers, clock, "two", ASKED | {"Policy": POLICIES["fortune/live"]})

    own = accounts.client("lambda", target)

    assert credentials_of(accounts.client("lambda", other))[2] == "token-two"
    assert accounts.client("lambda", target) is own


def test_a_session_that_has_expired_is_forgotten_with_its_clients(
    accounts: Accounts, target: Target, answers: Stubber, clock: Clock
) -> None:
    """A warm function that visits many targets would otherwise keep all their clients."""
    open_for_15_minutes(answers, clock)
    forgotten = weakref.ref(accounts.client("lambda", target))
    clock.let_pass(11)
    open_for_15_minutes(answers, clock, "two", ASKED | {"Policy": POLICIES["fortune/live"]})

    accounts.client("lambda", replace(target, name="fortune/live"))

    gc.collect()
    assert forgotten() is None


def test_a_session_is_renewed_5_minutes_before_it_expires_and_its_clients_with_it(
    accounts: Accounts, target: Target, answers: Stubber, clock: Clock
) -> None:
    open_for_15_minutes(answers, clock)
    old = accounts.client("lambda", target)
    clock.let_pass(10.01)
    open_for_15_minutes(answers, clock, "two")

    new = accounts.client("lambda", target)

    assert new is not old
    assert credentials_of(new)[2] == credentials_of(accounts.client("cloudwatch", target))[2] == "token-two"
    clock.let_pass(10)
    assert accounts.client("lambda", target) is new


def test_each_region_of_an_account_has_its_own_clients(
    accounts: Accounts, target: Target, answers: Stubber, clock: Clock
) -> None:
    elsewhere = replace(target, region="eu-west-1")
    open_for_15_minutes(answers, clock)
    open_for_15_minutes(answers, clock, "two")

    here, there = accounts.client("lambda", target), accounts.client("lambda", elsewhere)

    assert [here.meta.region_name, there.meta.region_name] == ["us-east-1", "eu-west-1"]
    assert accounts.client("lambda", target) is here
    assert accounts.client("lambda", elsewhere) is there


def test_renewing_one_session_keeps_the_others(
    accounts: Accounts, target: Target, answers: Stubber, clock: Clock
) -> None:
    other = replace(target, account="333333333333")
    open_for_15_minutes(answers, clock)
    accounts.client("lambda", target)
    clock.let_pass(8)
    open_for_15_minutes(
        answers, clock, "two", ASKED | {"RoleArn": "arn:aws:iam::333333333333:role/gantry/gantry/gantry-target"}
    )
    kept = accounts.client("lambda", other)
    clock.let_pass(4)
    open_for_15_minutes(answers, clock, "three")

    assert credentials_of(accounts.client("lambda", target))[2] == "token-three"
    assert accounts.client("lambda", other) is kept


def test_an_account_that_refuses_the_pipeline_says_what_to_deploy(
    accounts: Accounts, target: Target, answers: Stubber
) -> None:
    answers.add_client_error("assume_role", "AccessDenied", "not authorized to perform: sts:AssumeRole")

    with pytest.raises(TargetAccessError) as caught:
        accounts.client("lambda", target)

    message = str(caught.value)
    for part in (
        "222222222222",
        "target/template.yaml",
        "AssetsAccount",
        "PipelineName",
        "ExternalId",
        "sts:AssumeRole",
    ):
        assert part in message
    assert isinstance(caught.value.__cause__, ClientError)


def test_a_session_policy_that_is_too_long_when_packed_says_what_to_shorten(
    accounts: Accounts, target: Target, answers: Stubber
) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors"""
    answers.add_client_error("assume_role", "PackedPolicyTooLarge", "Packed policy consumes 104% of allotted space")

    with pytest.raises(TargetAccessError, match=rf"^{target.id}: .*the path of its role.*104%"):
        accounts.client("lambda", target)


def test_the_keys_of_a_session_are_never_shown(
    accounts: Accounts, target: Target, answers: Stubber, clock: Clock
) -> None:
    open_for_15_minutes(answers, clock)
    accounts.client("lambda", target)

    assert accounts._sessions
    for key in ("secret-one", "token-one"):
        assert key not in repr(accounts._sessions)


def test_an_account_that_refused_once_is_asked_again(
    accounts: Accounts, target: Target, answers: Stubber, clock: Clock
) -> None:
    answers.add_client_error("assume_role", "AccessDenied")
    with pytest.raises(TargetAccessError):
        accounts.client("lambda", target)
    open_for_15_minutes(answers, clock)

    assert credentials_of(accounts.client("lambda", target))[2] == "token-one"


def test_another_error_of_sts_escapes(accounts: Accounts, target: Target, answers: Stubber) -> None:
    answers.add_client_error("assume_role", "RegionDisabledException")

    with pytest.raises(ClientError, match="RegionDisabledException"):
        accounts.client("lambda", target)


@mock_aws
def test_a_client_is_who_the_role_says(target: Target) -> None:
    accounts = Accounts(boto3.client("sts"), "gantry/gantry/gantry-target", "gantry-1", rights)

    caller = accounts.client("sts", target).get_caller_identity()

    assert caller["Arn"] == "arn:aws:sts::222222222222:assumed-role/gantry-target/gantry"


def test_a_session_that_only_reads_has_no_right_to_change_anything(client: Any, clock: Clock, target: Target) -> None:
    wanted = Right(("lambda:GetAlias", "lambda:UpdateAlias", "apigateway:GET", "apigateway:PATCH"), ("arn:cowsay",))
    also = (Right(("iam:PassRole",), ("arn:role",)), Right(("kms:Decrypt", "kms:Encrypt"), ("*",)))
    kept = (Right(("lambda:GetAlias", "apigateway:GET"), ("arn:cowsay",)), Right(("kms:Decrypt",), ("*",)))
    assert reading((wanted, *also)) == kept
    accounts = Accounts(
        client, "gantry/gantry/gantry-target", "gantry-1", rights, clock, session_name="ShiftTraffic", only_reads=True
    )
    with Stubber(client) as answers:
        open_for_15_minutes(answers, clock, asked=ASKED | {"Policy": session_policy(kept)})
        accounts.client("lambda", target, rights=(wanted, *also))
        answers.assert_no_pending_responses()
