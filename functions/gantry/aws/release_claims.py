"""The claims of promotions on releases."""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr
from pydantic import TypeAdapter

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import item_instead, to_item
from gantry.promotion.claim import ReleaseClaim

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_CLAIM = TypeAdapter(ReleaseClaim)


class ReleaseClaims:
    """The claims in the ledger, one for each release."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, service: str, release_id: str) -> ReleaseClaim | None:
        """Return the claim on a release; None when nobody has promoted it."""
        item = self._table.get_item(Key=keys.claim(service, release_id)).get("Item")
        return _CLAIM.validate_python(item) if item else None

    def claim(self, claim: ReleaseClaim, instead_of: ReleaseClaim | None = None) -> ReleaseClaim | None:
        """Claim a release for an execution; return None when it has the claim now, or else the earlier claim.

        Args:
            claim: the claim.
            instead_of: an earlier claim that has ended. Of two executions that take it over, one gets the claim, and
                the other one's claim is the earlier one now.
        """
        owners = [claim.execution, *([instead_of.execution] if instead_of else [])]
        earlier = item_instead(
            lambda: self._table.put_item(
                Item=_item(claim),
                ConditionExpression=Attr("pk").not_exists() | Attr("execution").is_in(owners),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        )
        return _CLAIM.validate_python(earlier) if earlier else None

    def replace(self, claim: ReleaseClaim) -> None:
        """Claim a release whatever execution has the claim: a person asked for it again."""
        self._table.put_item(Item=_item(claim))


def _item(claim: ReleaseClaim) -> dict[str, Any]:
    return keys.claim(claim.release.service, claim.release.id) | to_item(claim)
