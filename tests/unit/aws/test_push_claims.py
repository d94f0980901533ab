from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gantry.aws.push_claims import PushClaims
from gantry.promotion.claim import PushClaim

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

FIRST = PushClaim("cowsay", "4f0c2d1", "sha256:" + "a" * 64, "arn:first", "2026-11-22T12:00:00.000Z")
SECOND = replace(FIRST, execution="arn:second", at="2031-11-22T12:00:00.000Z")


@pytest.fixture
def claims(table: "Table") -> PushClaims:
    return PushClaims(table)


def test_a_push_is_handled_by_the_first_that_claims_it_however_late_the_second_comes(claims: PushClaims) -> None:
    assert claims.claim(FIRST) is None
    assert claims.claim(SECOND) == FIRST


def test_a_retry_keeps_its_claim(claims: PushClaims) -> None:
    claims.claim(FIRST)

    assert claims.claim(FIRST) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(SECOND, tag="abcdef1"),
        replace(SECOND, digest="sha256:" + "b" * 64),
        replace(SECOND, service="cowthink"),
    ],
)
def test_another_tag_digest_or_service_is_another_push(claims: PushClaims, other: PushClaim) -> None:
    claims.claim(FIRST)

    assert claims.claim(other) is None


def test_nothing_lets_a_claim_expire(claims: PushClaims, table: "Table") -> None:
    claims.claim(FIRST)

    assert "expires_at" not in table.scan()["Items"][0]
