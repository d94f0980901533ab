"""Approvals: what people are asked, the links they answer through, and their decisions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from aws import keys
from aws.clients import ledger_table
from aws.items import is_condition_failure, to_item, to_record
from promotion.approval import Approval, Decision
from promotion.release import Release

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_LINKS_KEPT = timedelta(days=30)
"""A link still tells what became of the approval for this long after it expired."""


class Approvals:
    """The approvals in the ledger. What is asked lies in the attribute `approval`, apart from the task token."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    @classmethod
    def from_env(cls) -> Self:
        """From the variable LEDGER_TABLE."""
        return cls(ledger_table())

    def open(self, approval: Approval, task_token: str, links: Mapping[str, str]) -> None:
        """Ask: the approval with the token of the task that waits, and each link's key with its approver (at most 99).

        A retry has a new token and asks anew.
        """
        forgotten_at = int((datetime.fromisoformat(approval.expires_at) + _LINKS_KEPT).timestamp())
        items: list[dict[str, Any]] = [
            keys.approval(approval.id) | {"approval": to_item(approval), "task_token": task_token}
        ]
        items += [
            keys.link(key) | {"approval_id": approval.id, "approver": approver, "expires_at": forgotten_at}
            for key, approver in links.items()
        ]
        self._table.meta.client.transact_write_items(
            TransactItems=[{"Put": {"TableName": self._table.name, "Item": item}} for item in items]
        )

    def find(self, link_key: str) -> tuple[Approval, str] | None:
        """The approval that a link leads to, and the approver it was sent to; None when it leads nowhere.

        The task token is not read: who looks never holds what decides.
        """
        link = self._table.get_item(Key=keys.link(link_key), ConsistentRead=True).get("Item")
        if not link:
            return None
        return _approval(self._read(str(link["approval_id"]), "approval")), str(link["approver"])

    def task_token(self, approval_id: str) -> str:
        """The token of the task that waits for the decision.

        Raises:
            LookupError: there is no such approval.
        """
        return str(self._read(approval_id, "task_token"))

    def decide(  # noqa: PLR0913, PLR0917 - one argument for each thing that is kept of a decision
        self,
        approval_id: str,
        decision: Decision,
        by: str,
        at: str,
        reason: str | None,
        source_ip: str,
        user_agent: str,
    ) -> Approval:
        """Decide an approval that is open; one that is decided or has expired comes back as it stands.

        Raises:
            LookupError: there is no such approval.
        """
        decided = {"decision": decision, "decided_by": by, "decided_at": at, "reason": reason}
        given = {name: value for name, value in decided.items() if value is not None}
        assignments = [f"approval.#{name} = :{name}" for name in given] + ["decided_from = :from"]
        try:
            answer = self._table.update_item(
                Key=keys.approval(approval_id),
                UpdateExpression=f"SET {', '.join(assignments)}",
                ConditionExpression="attribute_not_exists(approval.#decision) AND approval.#expires_at > :decided_at",
                ExpressionAttributeNames={f"#{name}": name for name in (*given, "expires_at")},
                ExpressionAttributeValues={f":{name}": value for name, value in given.items()}
                | {":from": {"source_ip": source_ip, "user_agent": user_agent}},
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if not is_condition_failure(error):
                raise
            return _approval(self._read(approval_id, "approval"))
        changed: Mapping[str, Any] = answer["Attributes"]
        return _approval(changed["approval"])

    def _read(self, approval_id: str, attribute: str) -> Any:  # noqa: ANN401 - a token is text, an approval is a map
        found = self._table.get_item(
            Key=keys.approval(approval_id), ProjectionExpression=attribute, ConsistentRead=True
        ).get("Item")
        if not found:
            raise LookupError(f"there is no approval {approval_id}")
        return found[attribute]


def _approval(stored: Mapping[str, Any]) -> Approval:
    return to_record(
        Approval,
        stored,
        release=to_record(Release, stored["release"]),
        approvers=tuple(stored["approvers"]),
    )
