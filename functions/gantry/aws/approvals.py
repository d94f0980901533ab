"""Approvals in the ledger: what people are asked, the links they answer through, and the gates they stand at."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from pydantic import TypeAdapter

from gantry.aws import ledger_keys as keys
from gantry.aws.clients import ledger_table
from gantry.aws.ledger_items import is_written, to_item, to_record
from gantry.promotion.approval import Approval
from gantry.promotion.approval_link import Link
from gantry.promotion.environment_gate import EnvironmentGate
from gantry.promotion.timestamps import moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_LINKS_KEPT = timedelta(days=30)
"""A link still tells what became of the approval for this long after it expired."""

_APPROVAL = TypeAdapter(Approval)


class Approvals:
    """What is asked and answered lies in the attribute `approval`, apart from the token of the task that waits.

    Beside them, `is_announced` tells that the outcome was.
    """

    def __init__(self, table: "Table") -> None:
        self._table = table

    @classmethod
    def from_env(cls) -> Self:
        """From the variable LEDGER_TABLE."""
        return cls(ledger_table())

    def open(self, approval: Approval) -> Approval:
        """Keep a new approval; when there is one of this id already, from a try before, that one is given back."""
        is_new = is_written(
            lambda: self._table.put_item(
                Item=keys.approval(approval.id) | {"approval": to_item(approval)},
                ConditionExpression="attribute_not_exists(pk)",
            )
        )
        return approval if is_new else self.get(approval.id)

    def get(self, approval_id: str) -> Approval:
        """One approval. The task token is not read with it: who looks never holds what decides.

        Raises:
            LookupError: there is no such approval.
        """
        return _APPROVAL.validate_python(self._read(approval_id)["approval"])

    def change(self, approval_id: str, change: Callable[[Approval], Approval]) -> tuple[Approval, bool]:
        """Let something happen to an approval; what happens at the same time happens before or after it.

        Answers the approval as it is afterwards, and whether anything has happened to it.

        Args:
            approval_id: which approval.
            change: gives the approval as it is afterwards, or the same one when nothing happens to it. May be called
                several times.

        Raises:
            LookupError: there is no such approval.
        """
        while True:
            before = self.get(approval_id)
            after = change(before)
            if after == before:
                return before, False
            after = replace(after, revision=before.revision + 1)
            if self._replace(before, after):
                return after, True

    def task_token(self, approval_id: str) -> str | None:
        """The token of the task that waits for the outcome; None when none waits yet.

        Raises:
            LookupError: there is no such approval.
        """
        token = self._read(approval_id, "pk, task_token").get("task_token")
        return str(token) if token else None

    def is_announced(self, approval_id: str) -> bool:
        """Whether the outcome was announced, as far as it is noted.

        Raises:
            LookupError: there is no such approval.
        """
        return bool(self._read(approval_id, "pk, is_announced").get("is_announced"))

    def note_announced(self, approval_id: str) -> None:
        """Let nobody announce the outcome again."""
        self._table.update_item(
            Key=keys.approval(approval_id),
            UpdateExpression="SET is_announced = :true",
            ExpressionAttributeValues={":true": True},
        )

    def add_link(self, link_key: str, link: Link, approval: Approval) -> None:
        """Let a link lead to an approval; the ledger knows only its key."""
        forgotten_at = int((moment(approval.expires_at) + _LINKS_KEPT).timestamp())
        self._table.put_item(Item=keys.link(link_key) | to_item(link) | {"expires_at": forgotten_at})

    def link(self, link_key: str) -> Link | None:
        """Where a link leads; None when it leads nowhere."""
        found = self._table.get_item(Key=keys.link(link_key), ConsistentRead=True).get("Item")
        return to_record(Link, found) if found else None

    def gate(self, service: str, environment: str) -> EnvironmentGate | None:
        """The newest release that has come to the gate in front of an environment."""
        found = self._table.get_item(Key=keys.gate(service, environment), ConsistentRead=True).get("Item")
        return to_record(EnvironmentGate, found) if found else None

    def come_to_gate(
        self, service: str, environment: str, arrived: EnvironmentGate, seen: EnvironmentGate | None
    ) -> bool:
        """Be the newest at a gate; False when it is not as it was `seen` any more."""
        unchanged: Any = {"ConditionExpression": "attribute_not_exists(pk)"}
        if seen:
            unchanged = {
                "ConditionExpression": "approval_id = :seen",
                "ExpressionAttributeValues": {":seen": seen.approval_id},
            }
        item = keys.gate(service, environment) | to_item(arrived)
        return is_written(lambda: self._table.put_item(Item=item, **unchanged))

    def _replace(self, before: Approval, after: Approval) -> bool:
        """Whether the approval was still as before."""
        return is_written(
            lambda: self._table.update_item(
                Key=keys.approval(before.id),
                UpdateExpression="SET approval = :after",
                ConditionExpression="approval.#revision = :before",
                ExpressionAttributeNames={"#revision": "revision"},
                ExpressionAttributeValues={":after": to_item(after), ":before": before.revision},
            )
        )

    def _read(self, approval_id: str, attributes: str = "approval") -> Mapping[str, Any]:
        found = self._table.get_item(
            Key=keys.approval(approval_id), ProjectionExpression=attributes, ConsistentRead=True
        ).get("Item")
        if not found:
            raise LookupError(f"there is no approval {approval_id}")
        return found
