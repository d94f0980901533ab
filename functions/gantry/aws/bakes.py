"""The tasks that wait for something to happen to a target, found by what ends their waiting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from gantry.aws import bake_keys
from gantry.aws.ledger_items import is_written, to_item, to_record
from gantry.promotion.steering import Heard
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

    def register(  # noqa: PLR0913 -- a transaction has many parts
        self,
        alarm_keys: Sequence[str],
        bake: Bake,
        target: Target,
        fence: int,
        progress: Mapping[str, Any],
        *,
        hears_events: bool = False,
        heard: Heard | None = None,
    ) -> None:
        """Let each of these alarms end the bake, and people. It replaces the target's earlier bake.

        Args:
            alarm_keys: the alarms, at most 97.
            bake: the task that waits.
            target: whose lease its execution holds.
            fence: the number that came with the lease.
            progress: the item that says how far the canary is.
            hears_events: whether events of the target end it too.
            heard: what its execution has heard of people's wishes; None if it hears of nothing but an abort.

        Raises:
            LeaseLostError: the bake's execution has lost the lease.
            CanaryAbortedError, CanarySteeredError: people want something that its execution has not heard.
        """
        # Somebody waits for the end of a bake, which needs none of these.
        from gantry.aws.leases import Leases  # noqa: PLC0415 -- the end needs none
        from gantry.aws.steerings import SteeredTask, Steerings  # noqa: PLC0415 -- the end needs none
        from gantry.aws.transactions import Transactions  # noqa: PLC0415 -- the end needs none

        partitions = [bake_keys.alarm_partition(each) for each in alarm_keys]
        if hears_events:
            partitions.append(bake_keys.event_partition(target.arn))
        items = [bake_keys.bake(each, target.id) | to_item(bake) for each in partitions]
        leases, steerings, together = Leases(self._table), Steerings(self._table), Transactions(self._table)
        task = SteeredTask(target.id, bake.execution, bake.task_token, bake.expires_at, heard)
        changes = [leases.held_by(target, bake.execution, fence), steerings.leave(task)]
        while together.why_refused([*changes, *map(together.put, [progress, *items])]):
            leases.get(target).require(bake.execution, fence)
            steerings.require_heard(task)

    def waiting(self, account: str, region: str, alarm_name: str) -> tuple[Bake, ...]:
        """Return the bakes that an alarm ends. Some may have ended already: their items stay."""
        return self._in(bake_keys.alarm_partition(alarm_key(account, region, alarm_name)))

    def hearing(self, arn: str) -> tuple[Bake, ...]:
        """Return what events of a target end, by its ARN. Some may have ended already."""
        return self._in(bake_keys.event_partition(arn))

    def forget(self, account: str, region: str, alarm_name: str, bake: Bake) -> None:
        """Remove a bake, unless the target's next one has replaced it."""
        self._remove(bake_keys.alarm_partition(alarm_key(account, region, alarm_name)), bake)

    def forget_hearing(self, arn: str, bake: Bake) -> None:
        """Remove what an event of a target has ended, unless the target's next wait has replaced it."""
        self._remove(bake_keys.event_partition(arn), bake)

    def _in(self, partition: str) -> tuple[Bake, ...]:
        """Return what waits. One alarm, or one target, ends so few that they fit on the first page of 1 MB."""
        found = self._table.query(KeyConditionExpression=Key("pk").eq(partition), ConsistentRead=True)
        return tuple(to_record(Bake, item) for item in found["Items"])

    def _remove(self, partition: str, bake: Bake) -> None:
        is_written(
            lambda: self._table.delete_item(
                Key=bake_keys.bake(partition, bake.target_id),
                ConditionExpression=Attr("task_token").eq(bake.task_token),
            )
        )
