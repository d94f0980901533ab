"""The claims of promotions on releases."""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import is_condition_failure, item_in_the_way, to_item
from gantry.promotion.claim import ReleaseClaim

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_CLAIM = TypeAdapter(ReleaseClaim)


class ReleaseClaims:
    """The claims in the ledger, one for each release."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def claim(self, claim: ReleaseClaim) -> ReleaseClaim | None:
        """Claim a release for an execution; return None when it has the claim now, or else the earlier claim."""
        try:
            self._table.put_item(
                Item=_item(claim),
                ConditionExpression=Attr("pk").not_exists() | Attr("execution").eq(claim.execution),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition_failure(error):
                raise
            earlier = item_in_the_way(error)
            return _CLAIM.validate_python(earlier)
        return None

    def replace(self, claim: ReleaseClaim) -> None:
        """Claim a release whatever execution has the claim: a person asked for it again."""
        self._table.put_item(Item=_item(claim))


def _item(claim: ReleaseClaim) -> dict[str, Any]:
    return keys.claim(claim.release.service, claim.release.id) | to_item(claim)
