from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from aws.leases import Leases
from promotion.lease import Lease
from promotion.release import Release
from promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


@pytest.fixture
def leases(table: "Table") -> Leases:
    return Leases(table)


@pytest.fixture
def ours(target: Target, release: Release) -> Lease:
    return Lease(target.id, "arn:ours", "prod", release, "2026-11-22T12:00:00.000Z")


@pytest.fixture
def theirs(ours: Lease) -> Lease:
    return replace(ours, owner="arn:theirs")


def test_a_free_lease_is_acquired(leases: Leases, ours: Lease) -> None:
    assert leases.held(ours.target_id) is None
    assert leases.acquire(ours) is None
    assert leases.held(ours.target_id) == ours


def test_a_retry_keeps_the_lease(leases: Leases, ours: Lease) -> None:
    leases.acquire(ours)

    assert leases.acquire(ours) is None


def test_a_lease_that_is_held_comes_back_with_its_holder(leases: Leases, ours: Lease, theirs: Lease) -> None:
    leases.acquire(theirs)

    assert leases.acquire(ours) == theirs
    assert leases.held(ours.target_id) == theirs


def test_two_targets_have_two_leases(leases: Leases, ours: Lease, theirs: Lease) -> None:
    leases.acquire(replace(theirs, target_id="333333333333/us-east-1/cowsay/live"))

    assert leases.acquire(ours) is None


def test_a_lease_is_taken_over_from_who_has_ended(leases: Leases, ours: Lease, theirs: Lease) -> None:
    leases.acquire(theirs)

    assert leases.take_over(ours, "arn:theirs")
    assert leases.take_over(ours, "arn:theirs")
    assert leases.held(ours.target_id) == ours


def test_of_two_that_take_over_one_is_faster(leases: Leases, ours: Lease, theirs: Lease) -> None:
    faster = replace(ours, owner="arn:faster")
    leases.acquire(theirs)
    leases.take_over(faster, "arn:theirs")

    assert not leases.take_over(ours, "arn:theirs")
    assert leases.held(ours.target_id) == faster


def test_a_lease_that_is_gone_is_not_taken_over(leases: Leases, ours: Lease) -> None:
    assert not leases.take_over(ours, "arn:theirs")


def test_an_unknown_error_escapes(
    leases: Leases, ours: Lease, table: "Table", stubbed: Callable[[Any], Stubber]
) -> None:
    answers = stubbed(table.meta.client)
    answers.add_client_error("put_item", "ThrottlingException")
    answers.add_client_error("put_item", "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        leases.acquire(ours)
    with pytest.raises(ClientError, match="ThrottlingException"):
        leases.take_over(ours, "arn:theirs")


def test_the_environment_names_the_table(leases: Leases, ours: Lease) -> None:
    leases.acquire(ours)

    assert Leases.from_env().held(ours.target_id) == ours
