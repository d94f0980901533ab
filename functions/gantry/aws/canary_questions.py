"""What deployments have asked people about their canaries: the judge reads it, and no question stays open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from boto3.dynamodb.conditions import Attr, Key

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import queried, to_item, to_record
from gantry.promotion.timestamps import moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_KEPT = timedelta(days=15)
"""Much longer than a rollout takes."""


@dataclass(frozen=True, slots=True)
class AskedAboutCanary:
    """The last question of a deployment. It asks one at a time."""

    execution: str
    """The deployment's ARN."""
    approval_id: str
    since: str
    """When people were asked. ISO 8601, UTC."""
    index: int
    """The step whose time was over."""
    times: int
    """How often the deployment has asked, with this time."""
    is_open: bool = True
    decision: Literal["approved", "keep_waiting"] | None = None
    """What people have decided, if the rollout goes on."""
    decided_at: str | None = None


class CanaryQuestions:
    """The questions in the ledger."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def put(self, question: AskedAboutCanary) -> None:
        """Keep a deployment's last question. Doing it twice keeps it once."""
        forgotten_at = int((moment(question.since) + _KEPT).timestamp())
        key = keys.canary_question(question.execution)
        self._table.put_item(Item=key | to_item(question) | {"expires_at": forgotten_at})

    def of(self, execution: str) -> AskedAboutCanary | None:
        """Return a deployment's last question; None when it has asked nothing."""
        found = self._table.get_item(Key=keys.canary_question(execution), ConsistentRead=True).get("Item")
        return to_record(AskedAboutCanary, found) if found else None

    def open(self) -> Iterable[AskedAboutCanary]:
        """Return every question whose end is not known yet."""
        everything, still_open = Key("pk").eq(keys.CANARY_QUESTIONS), Attr("is_open").eq(True)
        found = queried(
            lambda more: self._table.query(
                KeyConditionExpression=everything, FilterExpression=still_open, ConsistentRead=True, **more
            )
        )
        return (to_record(AskedAboutCanary, item) for item in found)
