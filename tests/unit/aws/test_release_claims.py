from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.aws.release_claims import ReleaseClaims
from gantry.promotion.claim import ReleaseClaim
from gantry.promotion.release import Release

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


@pytest.fixture
def claims(table: "Table") -> ReleaseClaims:
    return ReleaseClaims(table)


@pytest.fixture
def first(release: Release) -> ReleaseClaim:
    return ReleaseClaim(release, "arn:first", "2026-11-22T12:00:00.000Z", ("dev", "prod"))


@pytest.fixture
def second(first: ReleaseClaim) -> ReleaseClaim:
    return replace(first, execution="arn:second", at="2026-11-22T12:00:05.000Z")


def test_a_release_is_claimed_by_the_first_that_carries_it(
    claims: ReleaseClaims, first: ReleaseClaim, second: ReleaseClaim
) -> None:
    assert claims.claim(first) is None
    assert claims.claim(second) == first


def test_a_retry_keeps_its_claim(claims: ReleaseClaims, first: ReleaseClaim) -> None:
    claims.claim(first)

    assert claims.claim(first) is None


def test_another_manifest_revision_is_another_release(
    claims: ReleaseClaims, first: ReleaseClaim, second: ReleaseClaim
) -> None:
    claims.claim(first)

    assert claims.claim(replace(second, release=replace(first.release, manifest_revision="revision-2"))) is None


def test_the_tag_does_not_make_another_release(
    claims: ReleaseClaims, first: ReleaseClaim, second: ReleaseClaim
) -> None:
    claims.claim(first)

    assert claims.claim(replace(second, release=replace(first.release, tag="v1.2.3"))) == first


def test_a_person_takes_a_claim_over(claims: ReleaseClaims, first: ReleaseClaim, second: ReleaseClaim) -> None:
    claims.claim(first)

    claims.replace(second)

    assert claims.claim(first) == second


def test_a_claim_that_has_ended_is_taken_over(claims: ReleaseClaims, first: ReleaseClaim, second: ReleaseClaim) -> None:
    claims.claim(first)

    assert claims.claim(second, instead_of=first) is None
    assert claims.claim(first) == second


def test_of_two_that_take_a_claim_over_one_gets_it_and_the_other_sees_whose_it_is(
    claims: ReleaseClaims, first: ReleaseClaim, second: ReleaseClaim
) -> None:
    claims.claim(first)
    third = replace(second, execution="arn:third")

    assert claims.claim(second, instead_of=first) is None
    assert claims.claim(third, instead_of=first) == second


def test_a_claim_of_an_earlier_version_is_for_no_environment(
    claims: ReleaseClaims, first: ReleaseClaim, second: ReleaseClaim, table: "Table"
) -> None:
    claims.claim(first)
    (item,) = table.scan()["Items"]
    del item["environments"]
    table.put_item(Item=item)

    assert claims.claim(second) == replace(first, environments=())


def test_an_unknown_error_escapes(
    claims: ReleaseClaims, first: ReleaseClaim, table: "Table", stubbed: Callable[[Any], Stubber]
) -> None:
    stubbed(table.meta.client).add_client_error("put_item", "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        claims.claim(first)
