from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gantry.aws.draft_locks import LONGEST_HOLD, DraftLocks

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Clock:
    """A clock that stands."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def locks(table: "Table", clock: Clock) -> DraftLocks:
    return DraftLocks(table, clock)


def test_of_two_deployments_one_may_write_a_draft_and_the_other_hears_which(locks: DraftLocks) -> None:
    assert locks.take("an api", "arn:one", "one") is None
    assert locks.take("an api", "arn:two", "two") == "arn:one"
    assert locks.take("another api", "arn:two", "two") is None


def test_a_retry_keeps_its_lock(locks: DraftLocks) -> None:
    locks.take("an api", "arn:one", "one")

    assert locks.take("an api", "arn:one", "one") is None


def test_a_lock_that_was_given_back_is_free(locks: DraftLocks) -> None:
    locks.take("an api", "arn:one", "one")
    locks.release("an api", "one")

    assert locks.take("an api", "arn:two", "two") is None


def test_a_lock_of_a_crash_is_free_once_no_function_can_be_running_that_has_taken_it(
    locks: DraftLocks, clock: Clock
) -> None:
    locks.take("an api", "arn:one", "one")

    clock.now = NOW + LONGEST_HOLD
    assert locks.take("an api", "arn:two", "two") == "arn:one"
    clock.now = NOW + LONGEST_HOLD + SECOND
    assert locks.take("an api", "arn:two", "two") is None


def test_who_comes_back_too_late_gives_no_lock_back_that_another_has(locks: DraftLocks, clock: Clock) -> None:
    locks.take("an api", "arn:one", "one")
    clock.now = NOW + LONGEST_HOLD + SECOND
    locks.take("an api", "arn:two", "two")

    locks.release("an api", "one")

    assert locks.take("an api", "arn:three", "three") == "arn:two"


def test_a_try_gives_no_lock_back_that_a_later_try_of_its_execution_has_taken(locks: DraftLocks) -> None:
    locks.take("an api", "arn:one", "first")
    locks.take("an api", "arn:one", "second")

    locks.release("an api", "first")
    assert locks.take("an api", "arn:two", "two") == "arn:one"
    locks.release("an api", "second")
    assert locks.take("an api", "arn:two", "two") is None


def test_a_lock_that_is_taken_again_lasts_as_long_as_a_new_one(locks: DraftLocks, clock: Clock) -> None:
    locks.take("an api", "arn:one", "first")
    clock.now = NOW + LONGEST_HOLD
    locks.take("an api", "arn:one", "second")

    clock.now = NOW + LONGEST_HOLD + SECOND
    assert locks.take("an api", "arn:two", "two") == "arn:one"


def test_giving_back_what_nobody_has_does_no_harm(locks: DraftLocks) -> None:
    locks.release("an api", "one")

    assert locks.take("an api", "arn:two", "two") is None
