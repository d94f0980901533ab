"""Which releases wait for their infrastructure, and what was there when a release came to an environment."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gantry.aws import board_keys
from gantry.aws.board_items import to_waiting_item, waiting_in
from gantry.aws.ledger_items import as_plain, is_written
from gantry.promotion.needs.waiting import WaitingRelease
from gantry.promotion.release import Release

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_IS_OWN = "#record.#execution = :execution"
_NAMES = {"#record": "record", "#execution": "execution"}


class NeedsLedger:
    """Their items in the ledger."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def waiting(self, service: str, environment: str) -> WaitingRelease | None:
        """Return the newest release that waits in front of an environment, or went through last."""
        return self.waiting_and_told(service, environment)[0]

    def waiting_and_told(self, service: str, environment: str) -> tuple[WaitingRelease | None, tuple[str, ...]]:
        """Return the same, and the executions whose waiting people have read of there."""
        key = board_keys.waiting_release(service, environment)
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        return (waiting_in(item), tuple(as_plain(item.get("told", [])))) if item else (None, ())

    def replace(self, release: WaitingRelease, found: WaitingRelease | None, told: Sequence[str] = ()) -> bool:
        """Put a release in the place of the one that was found; return False when another one is there by now.

        Args:
            release: the one that comes there.
            found: the one that was found there.
            told: the executions whose waiting people have read of there.
        """
        item = to_waiting_item(release) | {"told": list(told)}
        if found is None:
            return is_written(lambda: self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(pk)"))
        return is_written(
            lambda: self._table.put_item(
                Item=item,
                ConditionExpression=_IS_OWN,
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={":execution": found.execution},
            )
        )

    def remove(self, release: WaitingRelease) -> None:
        """Forget that a release waits. Do nothing where another one has its place."""
        is_written(
            lambda: self._table.delete_item(
                Key=board_keys.waiting_release(release.service, release.environment),
                ConditionExpression=_IS_OWN,
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={":execution": release.execution},
            )
        )

    def keep_found(self, release: Release, environment: str, values: Mapping[str, str], at: str) -> None:
        """Keep with a release which infrastructure was there when it came to an environment."""
        key = board_keys.infrastructure(release.service, environment, release.digest, release.manifest_revision)
        self._table.put_item(Item=key | {"found": dict(values), "at": at})

    def found(self, service: str, environment: str, digest: str, manifest_revision: str) -> Mapping[str, str]:
        """Return which infrastructure was there when a release came to an environment; empty where it needed none."""
        key = board_keys.infrastructure(service, environment, digest, manifest_revision)
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        return as_plain(item["found"]) if item else {}
