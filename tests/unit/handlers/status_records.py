"""A ledger with as many services as one likes, as the functions leave it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gantry.aws import board_items, ledger_keys
from gantry.aws.ledger_items import to_item
from gantry.promotion.board.board import ServiceOnBoard, TargetOnBoard
from gantry.promotion.board.listed_service import ListedEnvironment, ListedService
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.live_now import LiveFor
from tests.browser.status_example import AT, board

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb.service_resource import Table


def write_services(table: "Table", number: int) -> None:
    """Write the example's board as items of the ledger: a lease for each target, and what the board keeps."""
    with table.batch_writer() as batch:
        for service in board(number).services:
            for item in _items(service):
                batch.put_item(item)


def _items(service: ServiceOnBoard) -> "Iterator[dict[str, Any]]":
    name = service.service
    environments = tuple(
        ListedEnvironment(each.name, tuple(target.target.id for target in each.targets))
        for each in service.environments
    )
    yield board_items.to_service_item(ListedService(name, environments, AT))
    if service.last_end:
        yield board_items.to_last_end_item(service.last_end)
    for quarantine in service.quarantined:
        yield board_items.to_listed_quarantine_item(quarantine)
    for promotion in service.promotions:
        yield ledger_keys.running_promotion(f"{promotion.execution}-{name}") | to_item(promotion)
    for environment in service.environments:
        for approval in environment.approvals:
            expires_at = "2999-11-25T09:12:00.000Z"
            yield board_items.to_open_approval_item(
                replace(approval, id=f"{approval.id}-{name}", expires_at=expires_at)
            )
        for target in environment.targets:
            yield from _of_target(name, environment.name, target)


def _of_target(service: str, environment: str, known: TargetOnBoard) -> "Iterator[dict[str, Any]]":
    moving, holder = known.moving, None
    if moving:
        holder = Contender(moving.execution, service, environment, moving.since, moving.since, moving.release)
        if moving.progress:
            yield board_items.to_canary_item(moving.progress)
    lease = Lease(known.target, holder=holder, live_for=LiveFor(service, environment), live_now=known.live)
    yield ledger_keys.lease(known.target.id) | to_item(lease)
