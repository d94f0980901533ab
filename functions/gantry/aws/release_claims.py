"""ReleaseClaims: which promotion carries a release."""

from typing import TYPE_CHECKING, Any, Self

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

from gantry.aws import ledger_keys as keys
from gantry.aws.clients import ledger_table
from gantry.aws.ledger_items import is_condition_failure, item_in_the_way, to_item, to_record
from gantry.promotion.ledger import ReleaseClaim
from gantry.promotion.release import Release

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class ReleaseClaims:
    """The claims in the ledger, one a release."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    @classmethod
    def from_env(cls) -> Self:
        """From the variable LEDGER_TABLE."""
        return cls(ledger_table())

    def claim(self, claim: ReleaseClaim) -> ReleaseClaim | None:
        """ReleaseClaim a release: None when it is the execution's now, as on a retry; otherwise the earlier claim."""
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
            return to_record(ReleaseClaim, earlier, release=to_record(Release, earlier["release"]))
        return None

    def replace(self, claim: ReleaseClaim) -> None:
        """ReleaseClaim a release whoever had it: a person asked for it again."""
        self._table.put_item(Item=_item(claim))


def _item(claim: ReleaseClaim) -> dict[str, Any]:
    return keys.claim(claim.release.service, claim.release.id) | to_item(claim)
