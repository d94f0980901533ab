"""The starts of promotions, and which one of a service is the newest."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from gantry.aws import board_keys
from gantry.aws.board_items import service_in
from gantry.aws.running_promotions import RunningPromotions
from gantry.aws.started_promotions import StartedPromotions
from gantry.promotion.board.listed_service import ListedEnvironment, ListedService
from gantry.promotion.claim import NewestStart
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.release import Release
from gantry.promotion.running_promotion import RunningPromotion

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

MADE_UP: Any = {}


@pytest.fixture
def starts(table: "Table") -> StartedPromotions:
    return StartedPromotions(table)


@pytest.fixture
def first(release: Release) -> RunningPromotion:
    return RunningPromotion("arn:first", release, ("dev",), "2026-11-22T12:00:00.000Z")


@pytest.fixture
def second(first: RunningPromotion) -> RunningPromotion:
    other = replace(first.release, manifest_revision="revision-2")
    return RunningPromotion("arn:second", other, ("dev",), "2026-11-22T12:00:01.000Z")


def entry(promotion: RunningPromotion) -> HistoryEntry:
    return HistoryEntry("cowsay", promotion.since, HistoryKind.PROMOTION_STARTED, promotion.execution)


def listed(promotion: RunningPromotion) -> ListedService:
    """What each promotion's manifest says of the service: another target for each."""
    environments = (ListedEnvironment("dev", (f"target of {promotion.execution}",)), ListedEnvironment("prod", ()))
    return ListedService("cowsay", environments, promotion.since)


def shown(table: "Table") -> ListedService | None:
    item = table.get_item(Key=board_keys.listed_service("cowsay")).get("Item")
    return service_in(item) if item else None


def newest(promotion: RunningPromotion) -> NewestStart:
    return NewestStart("cowsay", promotion.release.id, promotion.execution, promotion.since)


def recorded(table: "Table") -> set[str]:
    """The executions whose starts the history has."""
    found = table.scan()["Items"]
    return {str(item["execution"]) for item in found if str(item["sk"]).startswith("history#")}


def refusal(*reasons: str) -> ClientError:
    answer = {"Error": {"Code": "TransactionCanceledException"}}
    return ClientError(MADE_UP | answer | {"CancellationReasons": [{"Code": each} for each in reasons]}, "made up")


def refuse(table: "Table", monkeypatch: pytest.MonkeyPatch, error: ClientError) -> None:
    """Let the first transaction fail."""
    write, refusals = table.meta.client.transact_write_items, [error]

    def refused_once(**changes: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return write(**changes)

    monkeypatch.setattr(table.meta.client, "transact_write_items", refused_once)


def test_nothing_is_known_before_the_first_start(table: "Table") -> None:
    assert StartedPromotions(table).newest("cowsay") is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1)])
def test_all_starts_are_kept_once_in_whatever_order_and_the_newest_is_known(
    starts: StartedPromotions, table: "Table", first: RunningPromotion, second: RunningPromotion, order: tuple[int, ...]
) -> None:
    for each in order:
        promotion = (first, second)[each]
        starts.add(promotion, entry(promotion), listed(promotion))

    assert StartedPromotions(table).newest("cowsay") == newest(second)
    assert StartedPromotions(table).newest("fortune") is None
    assert list(RunningPromotions(table).all()) == [first, second]
    assert recorded(table) == {"arn:first", "arn:second"}
    assert shown(table) == listed(second)
    assert len(table.scan()["Items"]) == 6


def test_a_start_that_meets_another_one_is_written_after_it(
    starts: StartedPromotions, table: "Table", first: RunningPromotion, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(table, monkeypatch, refusal("None", "None", "TransactionConflict", "None"))
    starts.add(first, entry(first), listed(first))
    assert StartedPromotions(table).newest("cowsay") == newest(first)
    assert recorded(table) == {"arn:first"}
    assert shown(table) == listed(first)


THROTTLED = ClientError({"Error": {"Code": "ThrottlingException"}}, "made up")


@pytest.mark.parametrize("error", [refusal("None", "ThrottlingError", "None", "None"), THROTTLED])
def test_another_refusal_escapes_and_nothing_is_kept(
    starts: StartedPromotions,
    table: "Table",
    first: RunningPromotion,
    error: ClientError,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refuse(table, monkeypatch, error)
    with pytest.raises(ClientError, match=str(error.response["Error"]["Code"])):
        starts.add(first, entry(first), listed(first))
    assert table.scan()["Items"] == []
