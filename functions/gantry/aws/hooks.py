"""The checks that answer later, found by the callback id that they were given."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gantry.aws import ledger_keys as keys
from gantry.aws.leases import Leases
from gantry.aws.ledger_items import to_item, to_record
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


@dataclass(frozen=True, slots=True)
class Hook:
    """A task that waits for a check's answer."""

    account: str
    """The target's account. Nobody else may answer."""
    execution: str
    """The ARN of the deployment's execution."""
    task_token: str = field(repr=False)
    expires_at: int
    """Seconds since the epoch. DynamoDB's time to live deletes the item some time later."""


class Hooks:
    """The callback ids in the ledger. The token of the task that waits stays there."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def register(self, callback_id: str, hook: Hook, target: Target, fence: int) -> None:
        """Let whoever has this id answer. Another try of the same check replaces the token.

        Raises:
            LeaseLostError: the execution has lost the lease.
        """
        items = [keys.hook(callback_id) | to_item(hook)]
        Leases(self._table).write_as_holder(target, hook.execution, fence, items)

    def find(self, callback_id: str) -> Hook | None:
        """Return what an id stands for; None when nobody was given it, or it was deleted since."""
        found = self._table.get_item(Key=keys.hook(callback_id), ConsistentRead=True).get("Item")
        return to_record(Hook, found) if found else None
