"""What people want of running canaries, each with the token of the task that waits with the canary."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gantry.aws import board_keys
from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import to_item, to_record
from gantry.aws.transactions import Transactions
from gantry.promotion.errors import CanaryAbortedError, CanarySteeredError
from gantry.promotion.history import HistoryEntry
from gantry.promotion.steering import Action, Heard, Wish

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_NAMES = {"#wish": "wish", "#execution": "execution"}
_OF_NOBODY = "attribute_not_exists(#wish) OR #wish.#execution <> :execution"
"""Nobody has steered this deployment. What people wanted of an earlier one stays until somebody wants something new."""


@dataclass(frozen=True, slots=True)
class SteeredTask:
    """A task that waits with a canary, and that people may end."""

    target_id: str
    execution: str
    """The ARN of the deployment's execution."""
    task_token: str = field(repr=False)
    expires_at: int
    """Seconds since the epoch. DynamoDB's time to live deletes the item some time later."""
    heard: Heard | None = None
    """What its deployment has heard of them. None if it hears of nothing but that somebody aborts it."""


class Steerings:
    """The wishes in the ledger, one item for each target."""

    def __init__(self, table: "Table") -> None:
        self._table = table
        self._together = Transactions(table)

    def of(self, target_id: str, execution: str) -> Wish | None:
        """Return the newest wish about a deployment's canary; None when nobody has steered it."""
        found = self._item(target_id).get("wish")
        if found is None or found["execution"] != execution:
            return None
        return to_record(Wish, found, action=Action(str(found["action"])))

    def make(self, target_id: str, wish: Wish, entry: HistoryEntry) -> bool:
        """Keep a wish and its place in the history; return False when another one came at the same time.

        Nothing comes after an abort.
        """
        change = self._together.update(
            board_keys.steering(target_id),
            UpdateExpression="SET #wish = :wish",
            ConditionExpression=f"{_OF_NOBODY} OR (#wish.#number < :number AND #wish.#action <> :abort)",
            ExpressionAttributeNames=_NAMES | {"#number": "number", "#action": "action"},
            ExpressionAttributeValues={
                ":wish": to_item(wish),
                ":execution": wish.execution,
                ":number": wish.number,
                ":abort": Action.ABORT,
            },
        )
        return not self._together.why_refused([change, self._together.put(keys.history(entry) | to_item(entry))])

    def waiting(self, target_id: str, execution: str) -> str | None:
        """Return the token of the task that waits with a deployment's canary; None if it is another deployment's."""
        found = self._item(target_id)
        return str(found["task_token"]) if found.get("execution") == execution else None

    def leave(self, task: SteeredTask) -> "TransactWriteItemTypeDef":
        """Return the change that leaves a token, unless people want something that its deployment has not heard."""
        heard, names = "#wish.#action <> :abort", {"#action": "action"}
        values: dict[str, Any] = {":abort": Action.ABORT}
        if task.heard:
            heard = "#wish.#number <= :wishes OR (#wish.#index < :index AND #wish.#action IN (:resume, :advance))"
            names |= {"#number": "number", "#index": "index"}
            values = {":wishes": task.heard.wishes, ":index": task.heard.index}
            values |= {":resume": Action.RESUME, ":advance": Action.ADVANCE}
        return self._together.update(
            board_keys.steering(task.target_id),
            UpdateExpression="SET #execution = :execution, task_token = :token, expires_at = :expires_at",
            ConditionExpression=f"{_OF_NOBODY} OR {heard}",
            ExpressionAttributeNames=_NAMES | names,
            ExpressionAttributeValues=values
            | {":execution": task.execution, ":token": task.task_token, ":expires_at": task.expires_at},
        )

    def require_heard(self, task: SteeredTask) -> None:
        """Return quietly when people want nothing that the task's deployment has not heard.

        Raises:
            CanaryAbortedError: somebody aborts it.
            CanarySteeredError: they want something else.
        """
        wish = self.of(task.target_id, task.execution)
        if wish and wish.action is Action.ABORT:
            raise CanaryAbortedError(wish.cause)
        if wish and task.heard and not task.heard.is_all(wish):
            raise CanarySteeredError(f"{wish.action} by {wish}")

    def _item(self, target_id: str) -> dict[str, Any]:
        found = self._table.get_item(Key=board_keys.steering(target_id), ConsistentRead=True)
        return found.get("Item", {})
