from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from gantry.aws import board_keys
from gantry.aws import ledger_keys as keys
from gantry.aws.board_items import listed_quarantine_in, to_listed_quarantine_item
from gantry.aws.ledger_items import to_item
from gantry.aws.quarantines import Quarantines
from gantry.promotion.quarantine import Quarantine, QuarantineRelease

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

BAD = "sha256:" + "b" * 64
RECORD = Quarantine("cowsay", BAD, "2026-11-22T12:00:00.000Z", "errors went off", "arn:deployment")
RELEASED = QuarantineRelease("2026-11-22T13:00:00.000Z", "it was the load test", "arn:promotion", "bob@example.com")


def put(table: "Table", record: Quarantine = RECORD) -> None:
    """As the ledger does when something was rolled back."""
    table.put_item(Item=keys.quarantine(record.service, record.digest) | to_item(record))
    table.put_item(Item=to_listed_quarantine_item(record))


def shown(table: "Table") -> Quarantine | None:
    """What the board has of the digest."""
    item = table.get_item(Key=board_keys.listed_quarantine("cowsay", BAD)).get("Item")
    return listed_quarantine_in(item) if item else None


def test_a_digest_is_in_quarantine_for_its_service_alone(table: "Table") -> None:
    quarantines = Quarantines(table)
    put(table)
    assert quarantines.get("cowsay", BAD) == quarantines.last("cowsay", BAD) == RECORD
    for elsewhere in (("fortune", BAD), ("cowsay", "sha256:" + "a" * 64)):
        assert quarantines.get(*elsewhere) is None
        assert quarantines.last(*elsewhere) is None


@pytest.mark.parametrize("released", [RELEASED, replace(RELEASED, by=None)])
def test_a_digest_is_released_and_its_quarantine_says_by_whom_when_and_why(
    table: "Table", released: QuarantineRelease
) -> None:
    quarantines = Quarantines(table)
    put(table)
    quarantines.release("cowsay", BAD, released)
    assert quarantines.get("cowsay", BAD) is None
    assert quarantines.last("cowsay", BAD) == replace(RECORD, released=released)
    assert shown(table) is None


@pytest.mark.parametrize(
    "again", [RELEASED, QuarantineRelease("2026-11-22T14:00:00.000Z", "somebody else says so", "arn:another")]
)
def test_what_was_released_already_is_not_released_once_more(table: "Table", again: QuarantineRelease) -> None:
    quarantines = Quarantines(table)
    put(table)
    quarantines.release("cowsay", BAD, RELEASED)
    quarantines.release("cowsay", BAD, again)
    assert quarantines.last("cowsay", BAD) == replace(RECORD, released=RELEASED)


def test_what_is_not_in_quarantine_can_be_released_and_nothing_is_kept(table: "Table") -> None:
    Quarantines(table).release("cowsay", BAD, RELEASED)
    assert table.scan()["Items"] == []


def test_what_is_rolled_back_once_more_is_in_quarantine_again(table: "Table") -> None:
    quarantines, again = Quarantines(table), replace(RECORD, since="2026-11-22T15:00:00.000Z", execution="arn:2")
    put(table)
    quarantines.release("cowsay", BAD, RELEASED)
    put(table, again)
    assert quarantines.get("cowsay", BAD) == again


@pytest.mark.parametrize("since", [RELEASED.at, "2026-11-22T13:00:00.001Z"])
def test_a_release_does_not_mean_a_rollback_that_came_after_it(table: "Table", since: str) -> None:
    """Also when it is tried again: a retry is dated as the first try was."""
    quarantines, later = Quarantines(table), replace(RECORD, since=since, execution="arn:2")
    put(table)
    quarantines.release("cowsay", BAD, RELEASED)
    put(table, later)
    quarantines.release("cowsay", BAD, RELEASED)
    assert quarantines.get("cowsay", BAD) == shown(table) == later


def test_a_rollback_that_comes_while_it_is_released_stays_in_force(
    table: "Table", monkeypatch: pytest.MonkeyPatch
) -> None:
    quarantines, later = Quarantines(table), replace(RECORD, since="2026-11-22T13:00:00.001Z", execution="arn:2")
    put(table)
    read = table.get_item(Key=keys.quarantine("cowsay", BAD))
    put(table, later)
    with monkeypatch.context() as patched:
        patched.setattr(table, "get_item", Mock(return_value=read))
        quarantines.release("cowsay", BAD, RELEASED)
    assert quarantines.get("cowsay", BAD) == shown(table) == later


def test_a_release_that_meets_another_write_is_made_after_it(table: "Table", monkeypatch: pytest.MonkeyPatch) -> None:
    put(table)
    made_up: Any = {"Error": {"Code": "TransactionCanceledException"}}
    reasons = {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]}
    write, refusals = table.meta.client.transact_write_items, [ClientError(made_up | reasons, "made up")]

    def refused_once(**changes: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return write(**changes)

    monkeypatch.setattr(table.meta.client, "transact_write_items", refused_once)
    Quarantines(table).release("cowsay", BAD, RELEASED)
    assert (Quarantines(table).get("cowsay", BAD), shown(table)) == (None, None)


def test_what_another_version_of_the_code_keeps_of_it_stays(table: "Table") -> None:
    put(table)
    key = keys.quarantine("cowsay", BAD)
    table.put_item(Item=key | to_item(RECORD) | {"later": "an attribute"})
    Quarantines(table).release("cowsay", BAD, RELEASED)
    assert table.get_item(Key=key)["Item"]["later"] == "an attribute"
