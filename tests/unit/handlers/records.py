"""What the ledger knew before, and what it knows afterwards."""

from dataclasses import replace
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from gantry.aws import ledger_keys as keys
from gantry.aws.deployed_revisions import deployed_items
from gantry.aws.ledger_items import to_item
from gantry.handlers import entry
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.release import Release
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.target import Target
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, RELEASE, ROLLBACK, TARGET
from tests.unit.recorded_history import recorded_history

BEFORE = "2026-11-20T08:00:00.000Z"
RELEASED = QuarantineRelease("2026-11-21T09:00:00.000Z", "it was the load test", "arn:another", "bob@example.com")
"""That something was released from quarantine, to start another promotion."""


def empty_ledger() -> None:
    """Faster than a new table."""
    dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].get_table("ledger").items.clear()


def digest_of(number: int) -> str:
    return f"sha256:{number:064x}"


def image(digest: str) -> Artifact:
    return Artifact(ArtifactKind.CONTAINER_IMAGE, digest, "cowsay")


def release_of(number: int) -> Release:
    return Release("cowsay", image(digest_of(number)), f"revision-{number}", f"tag{number}")


def live_revision(number: int, since: str = BEFORE) -> LiveRevision:
    """A revision that carried a release of the same number, and was the ledger's one of that number."""
    execution = f"{DEPLOYMENT}-{number}"
    return LiveRevision(
        str(number), digest_of(number), since, f"tag{number}", f"revision-{number}", execution, sequence=number
    )


def live(*numbers: int, target: Target = TARGET, environment: str = "prod", since: str = BEFORE) -> Live:
    """The first number is live, the others were before."""
    current, *lineage = [live_revision(number, since) for number in numbers]
    return Live("cowsay", environment, target, current, tuple(lineage), sequence=max(numbers))


def contender(owner: str = DEPLOYMENT, release: Release | None = RELEASE, **changed: Any) -> Contender:
    """Who wants to change a target, or may; a rollback where there is no release."""
    known = {"since": "2026-11-22T09:00:00.000Z", "started_at": "2026-11-22T08:30:00.000Z"}
    return Contender(owner, "cowsay", "prod", release=release, **(known | changed))


def lease(owner: str = DEPLOYMENT, target: Target = TARGET, release: Release | None = RELEASE, **changed: Any) -> Lease:
    """A lease that somebody holds, with the fencing number that `payload` sends."""
    return Lease(target, FENCE, holder=contender(owner, release), **changed)


LOST = [
    lease(ROLLBACK, release=None),
    Lease(TARGET, FENCE),
    Lease(TARGET, FENCE + 1, holder=contender()),
]
"""What a holder finds that lost its lease: somebody rolls back, the lease is free, or somebody repairs the target."""


def _table() -> Any:
    return entry.services().ledger._table


def record_live(*lives: Live) -> None:
    for each in lives:
        _table().put_item(Item=keys.live(each.service, each.environment, each.target_id) | to_item(each))


def record_deployed(*numbers: int, target: Target = TARGET, since: str = BEFORE) -> None:
    """Deployments have made these revisions live, in prod, one after the other; what is live now stays as it is."""
    for number in numbers:
        deployed = live(number, target=target, since=since)
        completed = HistoryKind.DEPLOYMENT_COMPLETED
        happened = HistoryEntry("cowsay", since, completed, f"{DEPLOYMENT}-{number}", "prod", target.id)
        for item in deployed_items(happened, deployed):
            _table().put_item(Item=item)


def record_deployed_by_an_older_version(*numbers: int, target: Target = TARGET) -> None:
    """The same, by a version of Gantry that kept what was deployed in the history only."""
    for each in map(live_revision, numbers):
        facts = {"revision": each.revision, "digest": each.digest, "tag": each.tag, "sequence": each.sequence}
        completed, execution = HistoryKind.DEPLOYMENT_COMPLETED, f"{DEPLOYMENT}-{each.revision}"
        facts["manifest_revision"] = each.manifest_revision
        entry.services().ledger.record(
            HistoryEntry("cowsay", each.since, completed, execution, "prod", target.id, facts)
        )


def record_quarantine(digest: str, reason: str = "rolled back in dev") -> None:
    happened = HistoryEntry("cowsay", BEFORE, HistoryKind.ROLLED_BACK, f"{DEPLOYMENT}-0")
    entry.services().ledger.record(happened)
    quarantine = Quarantine("cowsay", digest, BEFORE, reason, happened.execution)
    _table().put_item(Item=keys.quarantine("cowsay", digest) | to_item(quarantine))


def record_running(promotion: RunningPromotion) -> None:
    """As its ResolveRelease does."""
    _table().put_item(Item=keys.running_promotion(promotion.execution) | to_item(promotion))


def release_from_quarantine(digest: str, reason: str = RELEASED.reason) -> None:
    """As ResolveRelease of another promotion does."""
    entry.services().quarantines.release("cowsay", digest, replace(RELEASED, reason=reason))


def record_lease(held: Lease) -> None:
    """Let the ledger know a lease, whatever it knew of it before."""
    entry.services().leases.change(held.target, lambda before: replace(held, revision=before.revision))


def held(target: Target = TARGET) -> Lease:
    """The lease on a target, as the ledger knows it."""
    return replace(entry.services().leases.get(target), revision=0)


def history(service: str = "cowsay") -> list[HistoryEntry]:
    """What happened to a service, newest first."""
    return recorded_history(_table(), keys.service_partition(service))


def decisions() -> list[HistoryEntry]:
    """How approvals ended, oldest first."""
    return recorded_history(_table(), keys.approvals_partition("cowsay"))[::-1]
