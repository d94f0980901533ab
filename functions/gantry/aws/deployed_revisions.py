"""What was deployed to each target: a rollback finds older revisions here than the lineage has.

Each deployed revision has one item by its name, one by its digest and one by its tag. So no rollback reads the history.
They are sorted by time, because the numbers of a target's live record begin again when the target passes to another
environment, or comes back.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import to_item, to_record
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live import LINEAGE_LENGTH, Live, LiveRevision
from gantry.promotion.rollback_request import RollbackRequest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DeployedRevisions:
    """The deployed revisions in the ledger. What a service deployed before it passed a target on stays its own."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def named(self, live: Live, wish: RollbackRequest) -> tuple[LiveRevision, ...]:
        """Return what was deployed to a target and has the name that a person gave, newest first.

        Of a digest or a tag that is the newest ones only, as many as the lineage has: one call either way. Of both it
        is those with the tag, which fewer revisions have than the digest.
        """
        if wish.revision:
            key = keys.deployed_revision(live.service, live.target_id, wish.revision)
            item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
            return (to_record(LiveRevision, item),) if item else ()
        prefix = keys.deployed_prefix(live.target_id, digest=wish.digest, tag=wish.tag)
        found = self._table.query(
            KeyConditionExpression=Key("pk").eq(keys.service_partition(live.service)) & Key("sk").begins_with(prefix),
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=LINEAGE_LENGTH,
        )
        return tuple(to_record(LiveRevision, item) for item in found["Items"])


def deployed_items(entry: HistoryEntry, live: Live) -> list[dict[str, Any]]:
    """Return the items of what an execution has made live, if it has deployed that.

    A deployment has, and so has a repair that completes a first one. What a rollback restores was deployed before, or
    is no release of this service.
    """
    revision = replace(live.current, configuration=None, evidence=None)
    if entry.kind is HistoryKind.ROLLED_BACK or revision.execution != entry.execution:
        return []
    by_name = keys.deployed_revision(live.service, live.target_id, revision.revision)
    prefixes = [keys.deployed_prefix(live.target_id, digest=revision.digest)]
    if revision.tag:
        prefixes.append(keys.deployed_prefix(live.target_id, tag=revision.tag))
    by_others = [{"pk": keys.service_partition(live.service), "sk": f"{each}{revision.since}"} for each in prefixes]
    return [key | to_item(revision) for key in (by_name, *by_others)]
