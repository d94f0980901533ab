"""What people see of everything at once, through the ledger and back."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gantry.aws import board_items as items
from gantry.promotion.board.canary_progress import CanaryProgress, CanarySeen, Pause
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.board.listed_service import LastEnd, ListedEnvironment, ListedService
from gantry.promotion.quarantine import Quarantine, QuarantineRelease

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

NOON, EVENING, TOMORROW = "2026-11-22T12:00:00.000Z", "2026-11-22T18:00:00.000Z", "2026-11-23T12:00:00.000Z"
DIGEST = "sha256:" + "a" * 64

PROGRESS = CanaryProgress(
    service="cowsay",
    environment="prod",
    target_id="222222222222/us-east-1/cowsay/live",
    execution="arn:deployment",
    stable=None,
    canary="8",
    step=1,
    steps=2,
    weight=10,
    waits_for="bake",
    shifted_at=NOON,
    bake_until=NOON,
    ends_at=EVENING,
)
SEEN = CanarySeen(NOON, "inconclusive", ("too few requests",), canary_requests=3, stable_failed=0.5)
PAUSE = Pause("arn:ann", NOON, None, TOMORROW)
APPROVAL = ListedApproval(
    "a1", "cowsay", "prod", DIGEST, None, "arn:promotion", NOON, TOMORROW, 1, ("ann@example.com",)
)
SERVICE = ListedService("cowsay", (ListedEnvironment("dev", ("t1", "t2")), ListedEnvironment("prod", ())), NOON)
END = LastEnd("cowsay", "arn:promotion", NOON, None, None)
QUARANTINE = Quarantine("cowsay", DIGEST, NOON, "rolled back", "arn:deployment")

Through = tuple[Callable[[Any], dict[str, Any]], Callable[[Any], object]]
CANARIES: Through = (items.to_canary_item, items.canary_in)
APPROVALS: Through = (items.to_open_approval_item, items.open_approval_in)
ENDS: Through = (items.to_last_end_item, items.last_end_in)
SERVICES: Through = (items.to_service_item, items.service_in)
QUARANTINES: Through = (items.to_listed_quarantine_item, items.listed_quarantine_in)


@pytest.mark.parametrize(
    ("through", "record"),
    [
        (CANARIES, PROGRESS),
        (CANARIES, replace(PROGRESS, stable="7", alarms=("errors", "slow"), seen=SEEN, paused=PAUSE)),
        (CANARIES, replace(PROGRESS, seen=replace(SEEN, canary_requests=None), paused=replace(PAUSE, reason="lunch"))),
        (APPROVALS, APPROVAL),
        (APPROVALS, replace(APPROVAL, tag="v1", approved_by=("bob@example.com",), target_id="t1", weight=5)),
        (SERVICES, SERVICE),
        (ENDS, END),
        (ENDS, replace(END, digest=DIGEST, tag="v1", error="ManifestError", reason="it is wrong")),
        (QUARANTINES, QUARANTINE),
        (QUARANTINES, replace(QUARANTINE, tag="v1", released=QuarantineRelease(NOON, "fixed", "arn:promotion"))),
    ],
)
def test_a_record_is_read_as_it_was_kept(table: "Table", through: Through, record: object) -> None:
    to_item, in_item = through
    table.put_item(Item=to_item(record))
    (kept,) = table.scan()["Items"]
    assert in_item(kept) == record


@pytest.mark.parametrize(
    ("item", "at"),
    [
        (items.to_canary_item(PROGRESS), datetime(2026, 11, 29, 18, tzinfo=UTC)),
        (items.to_canary_item(replace(PROGRESS, paused=PAUSE)), datetime(2026, 11, 30, 12, tzinfo=UTC)),
        (items.to_open_approval_item(APPROVAL), datetime(2026, 12, 23, 12, tzinfo=UTC)),
        (items.to_listed_quarantine_item(QUARANTINE), datetime(2027, 2, 20, 12, tzinfo=UTC)),
        (items.to_last_end_item(END), datetime(2027, 2, 20, 12, tzinfo=UTC)),
    ],
)
def test_what_nothing_removes_is_forgotten_in_the_end(item: dict[str, Any], at: datetime) -> None:
    assert item["expires_at"] == int(at.timestamp())


@pytest.mark.parametrize("item", [items.to_service_item(SERVICE), items.to_last_end_item(replace(END, digest=DIGEST))])
def test_what_each_service_has_once_stays(item: dict[str, Any]) -> None:
    assert item.keys() == {"pk", "sk", "record"}


def test_the_board_has_the_beginning_of_a_long_reason() -> None:
    kept = items.listed_quarantine_in(items.to_listed_quarantine_item(replace(QUARANTINE, reason="x" * 30_000)))
    assert kept == replace(QUARANTINE, reason="x" * 999 + "…")


def test_a_field_that_a_newer_version_has_written_is_ignored() -> None:
    item = items.to_last_end_item(END)
    assert items.last_end_in(item | {"record": item["record"] | {"mood": "fine"}}) == END
    assert "mood" not in {each.name for each in fields(END)}
