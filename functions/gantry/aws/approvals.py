"""Approvals in the ledger, with the links through which people answer them and the gates in front of environments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from gantry.aws import board_keys
from gantry.aws import ledger_keys as keys
from gantry.aws.board_items import to_open_approval_item
from gantry.aws.clients import code_of
from gantry.aws.ledger_items import as_plain, is_written, to_item, to_record
from gantry.aws.transactions import CONDITION, CONFLICT, Transactions
from gantry.promotion.approval import Approval
from gantry.promotion.approval_link import Link
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.environment_gate import EnvironmentGate
from gantry.promotion.timestamps import moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_LINKS_KEPT = timedelta(days=30)
"""A link still shows how the approval ended for this long after it expired."""

_APPROVAL = TypeAdapter(Approval)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far an outcome has come."""

    task_token: str | None
    """That of the task that waits for the outcome; None while none waits."""
    is_published: bool
    """Whether the event of this outcome is marked as published."""


class Approvals:
    """The approvals in the ledger.

    The question and its answers are in the attribute `approval`, apart from the token of the task that waits. Beside
    them, `is_published` says whether the event of the outcome was published. Each change also puts the approval into
    the list of those that wait for people, or removes it from there: by one transaction, so that the list is right
    whoever ends an approval.
    """

    def __init__(self, table: "Table") -> None:
        self._table = table
        self._together = Transactions(table)

    def open(self, approval: Approval) -> Approval:
        """Keep a new approval. If an earlier try has kept one with this id already, return that one instead."""
        item = keys.approval(approval.id) | {"approval": to_item(approval)}
        new = self._together.put(item, ConditionExpression="attribute_not_exists(pk)")
        while why := self._together.why_refused([new, self._listing(approval)]):
            if CONDITION in why:
                return self.get(approval.id)
        return approval

    def get(self, approval_id: str) -> Approval:
        """Return an approval. The task token is not read with it: reading must not give the means to decide.

        Raises:
            LookupError: there is no such approval.
        """
        return _APPROVAL.validate_python(as_plain(self._read(approval_id)["approval"]))

    def change(
        self, approval_id: str, change: Callable[[Approval], Approval], known: Approval | None = None
    ) -> tuple[Approval, bool]:
        """Change an approval. Of two changes at the same time, one is made on top of the other.

        Return the approval as it is afterwards, and whether it has changed.

        Args:
            approval_id: the approval's id.
            change: returns the approval as it should be, or the same one to change nothing. It may be called several
                times.
            known: the approval as this state has read or written it, so that it need not be read for the first try.
                Only a write proves that it is still so: where nothing is to change, it is read.

        Raises:
            LookupError: there is no such approval.
        """
        before, is_read = (known, False) if known else (self.get(approval_id), True)
        while True:
            after = change(before)
            if after != before:
                after = replace(after, revision=before.revision + 1)
                if self._replace(before, after):
                    return after, True
            elif is_read:
                return before, False
            before, is_read = self.get(approval_id), True

    def wait(self, approval_id: str, task_token: str) -> bool:
        """Keep the token of the task that waits for the outcome; return False when there is an outcome already."""
        return self._is_updated(
            approval_id,
            UpdateExpression="SET task_token = :token",
            ConditionExpression="attribute_exists(approval) AND attribute_not_exists(approval.#outcome)",
            ExpressionAttributeNames={"#outcome": "outcome"},
            ExpressionAttributeValues={":token": task_token},
        )

    def delivery(self, approval: Approval) -> Delivery:
        """Return how far the outcome of an approval has come.

        Earlier versions of Gantry did not note which event they had published.

        Raises:
            LookupError: there is no such approval.
        """
        found = self._read(approval.id, "pk, task_token, is_published")
        token = found.get("task_token")
        return Delivery(str(token) if token else None, found.get("is_published") in (True, approval.ended_at))

    def mark_published(self, approval: Approval) -> None:
        """Prevent a second event. Call it after publishing: a crash in between may publish twice, but loses nothing."""
        self._is_updated(
            approval.id,
            UpdateExpression="SET is_published = :ended_at",
            ExpressionAttributeValues={":ended_at": approval.ended_at},
        )

    def add_link(self, link_key: str, link: Link, approval: Approval) -> None:
        """Make a link lead to an approval. The ledger gets the link's key, not the link."""
        forgotten_at = int((moment(approval.expires_at) + _LINKS_KEPT).timestamp())
        self._table.put_item(Item=keys.link(link_key) | to_item(link) | {"expires_at": forgotten_at})

    def link(self, link_key: str) -> Link | None:
        """Return where a link leads; None when it leads nowhere."""
        found = self._table.get_item(Key=keys.link(link_key), ConsistentRead=True).get("Item")
        return to_record(Link, found) if found else None

    def gate(self, service: str, environment: str) -> EnvironmentGate | None:
        """Return the newest release that has reached the gate in front of an environment."""
        found = self._table.get_item(Key=keys.gate(service, environment), ConsistentRead=True).get("Item")
        return to_record(EnvironmentGate, found) if found else None

    def replace_gate(
        self, service: str, environment: str, wanted: EnvironmentGate, expected: EnvironmentGate | None
    ) -> bool:
        """Put a release at a gate; return False when the gate is no longer as `expected`."""
        unchanged: Any = {"ConditionExpression": "attribute_not_exists(pk)"}
        if expected:
            unchanged = {
                "ConditionExpression": "approval_id = :expected",
                "ExpressionAttributeValues": {":expected": expected.approval_id},
            }
        item = keys.gate(service, environment) | to_item(wanted)
        return is_written(lambda: self._table.put_item(Item=item, **unchanged))

    def _replace(self, before: Approval, after: Approval) -> bool:
        """Write an approval; return False when it was no longer as before, or may not have been."""
        changed = self._together.update(
            keys.approval(before.id),
            UpdateExpression="SET approval = :after",
            ConditionExpression="approval.#revision = :before",
            ExpressionAttributeNames={"#revision": "revision"},
            ExpressionAttributeValues={":after": to_item(after), ":before": before.revision},
        )
        return not self._together.why_refused([changed, self._listing(after)])

    def _listing(self, approval: Approval) -> "TransactWriteItemTypeDef":
        """Return what keeps the list of those that wait for people right."""
        if approval.outcome:
            return self._together.delete(board_keys.open_approval(approval.id))
        return self._together.put(to_open_approval_item(ListedApproval.of(approval)))

    def _is_updated(self, approval_id: str, **change: Any) -> bool:  # noqa: ANN401 -- as UpdateItem takes it
        """Update what is beside an approval. Try again where the approval itself is being changed at that moment."""
        while True:
            try:
                return is_written(lambda: self._table.update_item(Key=keys.approval(approval_id), **change))
            except ClientError as error:
                if code_of(error) != f"{CONFLICT}Exception":
                    raise

    def _read(self, approval_id: str, attributes: str = "approval") -> Mapping[str, Any]:
        found = self._table.get_item(
            Key=keys.approval(approval_id), ProjectionExpression=attributes, ConsistentRead=True
        ).get("Item")
        if not found:
            raise LookupError(f"there is no approval {approval_id}")
        return found
