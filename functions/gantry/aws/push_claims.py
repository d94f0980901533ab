"""The claims of promotions on pushes."""

from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import item_instead, to_item, to_record
from gantry.promotion.claim import PushClaim

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class PushClaims:
    """The claims in the ledger. They have no expiry.

    There is one for each tag with each digest that it was pushed with, and one for each version of an object.
    """

    def __init__(self, table: "Table") -> None:
        self._table = table

    def claim(self, claim: PushClaim) -> PushClaim | None:
        """Claim a push for an execution; return None when it has the claim now, or else the first claim."""
        first = item_instead(
            lambda: self._table.put_item(
                Item=_key(claim) | to_item(claim),
                ConditionExpression=Attr("pk").not_exists() | Attr("execution").eq(claim.execution),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        )
        return to_record(PushClaim, first) if first else None


def _key(claim: PushClaim) -> keys.Key:
    if claim.version_id:
        return keys.version_claim(claim.service, claim.version_id)
    return keys.push_claim(claim.service, str(claim.tag), str(claim.digest))
