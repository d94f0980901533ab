"""The bakes that are under way, found by the alarms that end them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr, Key

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import is_written, to_item, to_record
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


@dataclass(frozen=True, slots=True)
class Bake:
    """A task that waits until its bake time has passed, or an alarm ends it."""

    target_id: str
    task_token: str = field(repr=False)
    execution: str
    """The ARN of the deployment's execution."""
    expires_at: int
    """Seconds since the epoch. DynamoDB's time to live deletes the item some time later."""


def alarm_key(account: str, region: str, alarm_name: str) -> str:
    """Return the name of an alarm in the ledger."""
    return f"{account}/{region}/{alarm_name}"


class Bakes:
    """The bakes in the ledger. Each alarm that ends a bake has an item, so that the alarm's event finds the bake."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def register(self, alarm_keys: Sequence[str], bake: Bake, target: Target, fence: int) -> None:
        """Let each of these alarms (at most 99) end the bake. It replaces the target's earlier bake.

        Raises:
            LeaseLostError: the bake's execution has lost the lease.
        """
        from gantry.aws.leases import Leases  # noqa: PLC0415 -- who ends a bake needs none, and somebody waits for that

        items = [keys.bake(each, target.id) | to_item(bake) for each in alarm_keys]
        Leases(self._table).write_as_holder(target, bake.execution, fence, items)

    def waiting(self, account: str, region: str, alarm_name: str) -> tuple[Bake, ...]:
        """Return the bakes that an alarm ends. Some may have ended already: their items stay.

        One alarm ends so few bakes that they fit on the first page of 1 MB.
        """
        partition = keys.alarm_partition(alarm_key(account, region, alarm_name))
        found = self._table.query(KeyConditionExpression=Key("pk").eq(partition), ConsistentRead=True)
        return tuple(to_record(Bake, item) for item in found["Items"])

    def forget(self, account: str, region: str, alarm_name: str, bake: Bake) -> None:
        """Remove a bake, unless the target's next one has replaced it."""
        is_written(
            lambda: self._table.delete_item(
                Key=keys.bake(alarm_key(account, region, alarm_name), bake.target_id),
                ConditionExpression=Attr("task_token").eq(bake.task_token),
            )
        )
