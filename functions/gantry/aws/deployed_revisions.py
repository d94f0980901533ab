"""What was deployed to each target: a rollback finds older revisions here than the lineage has.

Each deployed revision has one item by its name, one by its digest and one by its tag. What older versions of Gantry
deployed is in the history only, of which no more than the newest part is searched. The items are sorted by time,
because the numbers of a target's live record begin again when the target passes to another environment, or comes back.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import as_plain, to_item, to_record
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live import LINEAGE_LENGTH, Live, LiveRevision
from gantry.promotion.rollback_request import RollbackRequest
from gantry.promotion.source import Source

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

HISTORY_PAGES = 10
"""How much of a history is searched: 1 MB each, which is some 10,000 entries. A rollback has no time for all of it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""


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
            return (live_revision_in(item),) if item else ()
        prefix = keys.deployed_prefix(live.target_id, digest=wish.digest, tag=wish.tag)
        found = self._table.query(
            KeyConditionExpression=Key("pk").eq(keys.service_partition(live.service)) & Key("sk").begins_with(prefix),
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=LINEAGE_LENGTH,
        )
        return tuple(filter(wish.names, map(live_revision_in, found["Items"])))

    def named_in_history(self, live: Live, wish: RollbackRequest) -> LiveRevision | None:
        """Return the newest revision that was deployed to a target and has the name that a person gave.

        Only the newest part of the history is searched, and only until one is found. It was deployed long ago, so that
        no read has to be consistent.
        """
        search: dict[str, Any] = {
            "KeyConditionExpression": Key("pk").eq(keys.service_partition(live.service))
            & Key("sk").begins_with(keys.HISTORY_PREFIX),
            "FilterExpression": _deployed_as(live.target_id, wish),
            "ScanIndexForward": False,
        }
        for _ in range(HISTORY_PAGES):
            page = self._table.query(**search)
            if page["Items"]:
                return _deployed_by(page["Items"][0])
            if "LastEvaluatedKey" not in page:
                break
            search["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return None


def _deployed_as(target_id: str, wish: RollbackRequest) -> ConditionBase:
    """Return what the history's entry of a deployment has when a person means it."""
    condition = Attr("kind").eq(HistoryKind.DEPLOYMENT_COMPLETED.value) & Attr("target_id").eq(target_id)
    wanted = {"revision": wish.revision} if wish.revision else {"digest": wish.digest, "tag": wish.tag}
    for name, value in wanted.items():
        if value is not None:
            condition &= Attr(f"facts.{name}").eq(value)
    return condition


def _deployed_by(item: Mapping[str, Any]) -> LiveRevision:
    """Return what a deployment made live, given the history's entry of it."""
    facts = as_plain(item["facts"])
    return LiveRevision(
        facts["revision"],
        facts["digest"],
        str(item["at"]),
        facts.get("tag"),
        facts.get("manifest_revision"),
        str(item["execution"]),
        sequence=facts.get("sequence"),
        artifact_version=facts.get("artifact_version"),
        source=Source.read(facts.get("source")),
    )


def live_revision_in(item: Mapping[str, Any]) -> LiveRevision:
    """Return the revision that an item, or a part of one, has."""
    found = to_record(LiveRevision, item, source=Source.read(item.get("source")))
    return found if found.evidence is None else replace(found, evidence=tuple(found.evidence))


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
