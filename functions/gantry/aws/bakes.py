"""The tasks that wait for something to happen to a target, found by what ends their waiting."""

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
    """A task that waits until its time has passed, or an alarm or an event ends it."""

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
    """The waits in the ledger. Each alarm that ends one has an item, and so has a target whose events end it."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def register(
        self, alarm_keys: Sequence[str], bake: Bake, target: Target, fence: int, *, hears_events: bool = False
    ) -> None:
        """Let each of these alarms end the bake. It replaces the target's earlier bake.

        Args:
            alarm_keys: the alarms, at most 98.
            bake: the task that waits.
            target: whose lease its execution holds.
            fence: the number that came with the lease.
            hears_events: whether events of the target end it too.

        Raises:
            LeaseLostError: the bake's execution has lost the lease.
        """
        from gantry.aws.leases import Leases  # noqa: PLC0415 -- who ends a bake needs none, and somebody waits for that

        partitions = [keys.alarm_partition(each) for each in alarm_keys]
        if hears_events:
            partitions.append(keys.event_partition(target.arn))
        items = [keys.bake(each, target.id) | to_item(bake) for each in partitions]
        Leases(self._table).write_as_holder(target, bake.execution, fence, items)

    def waiting(self, account: str, region: str, alarm_name: str) -> tuple[Bake, ...]:
        """Return the bakes that an alarm ends. Some may have ended already: their items stay."""
        return self._in(keys.alarm_partition(alarm_key(account, region, alarm_name)))

    def hearing(self, arn: str) -> tuple[Bake, ...]:
        """Return what events of a target end, by its ARN. Some may have ended already."""
        return self._in(keys.event_partition(arn))

    def forget(self, account: str, region: str, alarm_name: str, bake: Bake) -> None:
        """Remove a bake, unless the target's next one has replaced it."""
        self._remove(keys.alarm_partition(alarm_key(account, region, alarm_name)), bake)

    def forget_hearing(self, arn: str, bake: Bake) -> None:
        """Remove what an event of a target has ended, unless the target's next wait has replaced it."""
        self._remove(keys.event_partition(arn), bake)

    def _in(self, partition: str) -> tuple[Bake, ...]:
        """Return what waits. One alarm, or one target, ends so few that they fit on the first page of 1 MB."""
        found = self._table.query(KeyConditionExpression=Key("pk").eq(partition), ConsistentRead=True)
        return tuple(to_record(Bake, item) for item in found["Items"])

    def _remove(self, partition: str, bake: Bake) -> None:
        is_written(
            lambda: self._table.delete_item(
                Key=keys.bake(partition, bake.target_id),
                ConditionExpression=Attr("task_token").eq(bake.task_token),
            )
        )
