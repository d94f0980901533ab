from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.aws import board_keys
from gantry.aws.bakes import Bake, Bakes, alarm_key
from gantry.aws.leases import Leases
from gantry.promotion.errors import LeaseLostError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

WHERE = ("222222222222", "us-east-1")
ERRORS, LATENCY = (alarm_key(*WHERE, name) for name in ("errors", "latency"))
Register = Callable[[Sequence[str], Bake], None]

PROGRESS = {"pk": "board", "sk": "canary#cowsay#prod#there"}
"""What is written with each."""


@pytest.fixture
def bakes(table: "Table") -> Bakes:
    return Bakes(table)


@pytest.fixture
def bake(target: Target, deployment: Contender) -> Bake:
    return Bake(target.id, "token-1", deployment.owner, 1_795_000_000)


@pytest.fixture
def register(bakes: Bakes, held: Lease) -> Register:
    """As the deployment that holds the target's lease."""
    return lambda alarm_keys, bake: bakes.register(alarm_keys, bake, held.target, held.fence, PROGRESS)


def test_each_of_its_alarms_finds_a_bake(bakes: Bakes, register: Register, bake: Bake) -> None:
    register([ERRORS, LATENCY], bake)

    assert bakes.waiting(*WHERE, "errors") == (bake,)
    assert bakes.waiting(*WHERE, "latency") == (bake,)


def test_an_alarm_of_the_same_name_elsewhere_finds_nothing(bakes: Bakes, register: Register, bake: Bake) -> None:
    register([ERRORS], bake)

    assert bakes.waiting("333333333333", "us-east-1", "errors") == ()
    assert bakes.waiting("222222222222", "eu-west-1", "errors") == ()


def test_one_alarm_may_end_the_bakes_of_several_targets(
    bakes: Bakes, register: Register, bake: Bake, leases: Leases, deployment: Contender
) -> None:
    beta = Target("lambda", *WHERE, "cowsay/beta", "arn:aws:lambda:us-east-1:222222222222:function:cowsay:beta")
    other = replace(bake, target_id=beta.id, task_token="token-2")
    register([ERRORS], bake)
    bakes.register([ERRORS], other, beta, leases.change(beta, lambda now: now.joined(deployment)).fence, PROGRESS)

    assert set(bakes.waiting(*WHERE, "errors")) == {bake, other}


def test_a_bake_without_alarms_is_found_by_none(register: Register, bake: Bake, table: "Table") -> None:
    before = table.scan()["Items"]

    register([], bake)

    steering = board_keys.steering(bake.target_id)
    written = [each for each in table.scan()["Items"] if each not in before]
    assert [(each["pk"], each["sk"]) for each in written if each != PROGRESS] == [(steering["pk"], steering["sk"])]
    assert PROGRESS in written


def test_an_execution_that_lost_the_lease_waits_for_no_alarm(
    bakes: Bakes, register: Register, bake: Bake, leases: Leases, target: Target
) -> None:
    leases.change(target, lambda now: now.fenced(bake.execution))

    with pytest.raises(LeaseLostError, match=bake.execution):
        register([ERRORS], bake)

    assert bakes.waiting(*WHERE, "errors") == ()


def test_a_bake_that_is_forgotten_is_found_no_more(bakes: Bakes, register: Register, bake: Bake) -> None:
    register([ERRORS, LATENCY], bake)

    bakes.forget(*WHERE, "errors", bake)
    bakes.forget(*WHERE, "errors", bake)

    assert bakes.waiting(*WHERE, "errors") == ()
    assert bakes.waiting(*WHERE, "latency") == (bake,)


def test_the_next_bake_of_a_target_is_not_forgotten_with_the_one_before(
    bakes: Bakes, register: Register, bake: Bake
) -> None:
    following = replace(bake, task_token="token-2")
    register([ERRORS], bake)
    register([ERRORS], following)

    bakes.forget(*WHERE, "errors", bake)

    assert bakes.waiting(*WHERE, "errors") == (following,)


def test_a_wait_that_hears_events_is_found_by_its_targets_arn_beside_its_alarms(
    bakes: Bakes, bake: Bake, held: Lease
) -> None:
    bakes.register([ERRORS], bake, held.target, held.fence, PROGRESS, hears_events=True)

    assert bakes.hearing(held.target.arn) == bakes.waiting(*WHERE, "errors") == (bake,)
    assert bakes.hearing(f"{held.target.arn}-other") == ()


def test_a_bake_that_hears_no_events_is_found_by_none(
    bakes: Bakes, register: Register, bake: Bake, held: Lease
) -> None:
    register([ERRORS], bake)

    assert bakes.hearing(held.target.arn) == ()


def test_the_next_wait_for_events_is_not_forgotten_with_the_one_before(bakes: Bakes, bake: Bake, held: Lease) -> None:
    following = replace(bake, task_token="token-2")
    for each in (bake, following):
        bakes.register([], each, held.target, held.fence, PROGRESS, hears_events=True)

    bakes.forget_hearing(held.target.arn, bake)
    assert bakes.hearing(held.target.arn) == (following,)

    bakes.forget_hearing(held.target.arn, following)
    assert bakes.hearing(held.target.arn) == ()


def test_the_table_deletes_bakes_that_ended_long_ago(register: Register, bake: Bake, table: "Table") -> None:
    register([ERRORS], bake)

    (item,) = (each for each in table.scan()["Items"] if str(each["sk"]).startswith("bake#"))
    assert item["expires_at"] == 1_795_000_000


def test_the_token_is_not_in_what_is_logged_of_a_bake(bake: Bake) -> None:
    assert "token-1" not in repr(bake)


def test_an_unknown_error_escapes(bakes: Bakes, bake: Bake, table: "Table", stubbed: Callable[[Any], Stubber]) -> None:
    stubbed(table.meta.client).add_client_error("delete_item", "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        bakes.forget(*WHERE, "errors", bake)


def test_how_far_the_canary_is_is_written_with_the_wait_or_not_at_all(
    bakes: Bakes, bake: Bake, held: Lease, table: "Table"
) -> None:
    key = {name: PROGRESS[name] for name in ("pk", "sk")}
    with pytest.raises(LeaseLostError):
        bakes.register([ERRORS], bake, held.target, held.fence + 1, PROGRESS)
    assert "Item" not in table.get_item(Key=key)

    bakes.register([], bake, held.target, held.fence, PROGRESS)
    assert table.get_item(Key=key)["Item"] == PROGRESS
