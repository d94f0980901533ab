from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.approval import Approval, Decision, approval_id, link_key
from promotion.moments import iso
from promotion.release import Release

EXPIRES = datetime(2026, 11, 25, 9, tzinfo=UTC)
OPEN = Approval(
    id="one",
    environment="prod",
    release=Release("cowsay", "sha256:" + "a" * 64, "revision-1", "4f0c2d1"),
    live=None,
    approvers=("ops@example.com",),
    execution="arn:one",
    requested_at=iso(EXPIRES - timedelta(days=3)),
    expires_at=iso(EXPIRES),
)

seconds = st.integers(1, 10**7).map(lambda number: timedelta(milliseconds=number))


@given(seconds)
def test_an_approval_is_pending_until_it_expires(before: timedelta) -> None:
    assert OPEN.status(iso(EXPIRES - before)) == "pending"


@given(st.just(timedelta(0)) | seconds)
def test_an_approval_that_nobody_decided_has_expired_from_that_moment_on(after: timedelta) -> None:
    assert OPEN.status(iso(EXPIRES + after)) == "expired"


@given(seconds)
@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_a_decision_outlives_the_expiry(decision: Decision, after: timedelta) -> None:
    assert replace(OPEN, decision=decision).status(iso(EXPIRES + after)) == decision


@given(st.text(min_size=1))
def test_a_link_cannot_be_read_from_what_the_ledger_keeps_of_it(link: str) -> None:
    key = link_key(link)
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")
    assert key == link_key(link) != link_key(link + "x")


def test_asking_again_in_a_retry_is_the_same_approval() -> None:
    assert approval_id("arn:one", "prod") == approval_id("arn:one", "prod")


def test_another_promotion_or_environment_is_another_approval() -> None:
    ids = {
        approval_id(execution, environment) for execution in ("arn:one", "arn:two") for environment in ("dev", "prod")
    }
    assert len(ids) == 4
