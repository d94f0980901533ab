"""What the ledger knew before, and what it knows afterwards."""

from dataclasses import replace
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from gantry.aws import ledger_keys as keys
from gantry.aws.clients import ledger_table
from gantry.aws.leases import Leases
from gantry.aws.ledger import Ledger
from gantry.aws.ledger_items import to_item
from gantry.aws.quarantines import Quarantines
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.ledger import HistoryEntry, Live, LiveRevision
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, RELEASE, ROLLBACK, TARGET

BEFORE = "2026-11-20T08:00:00.000Z"
RELEASED = QuarantineRelease("2026-11-21T09:00:00.000Z", "it was the load test", "arn:another", "bob@example.com")
"""That something was released from quarantine, to start another promotion."""


def empty_ledger() -> None:
    """Faster than a new table."""
    dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].get_table("ledger").items.clear()


def digest_of(number: int) -> str:
    return f"sha256:{number:064x}"


def live_version(number: int, since: str = BEFORE) -> LiveRevision:
    """A version that carried a release of the same number."""
    execution = f"{DEPLOYMENT}-{number}"
    return LiveRevision(str(number), digest_of(number), since, f"tag{number}", f"revision-{number}", execution)


def live(*numbers: int, target: Target = TARGET, environment: str = "prod", since: str = BEFORE) -> Live:
    """The first number is live, the others were before."""
    current, *lineage = [live_version(number, since) for number in numbers]
    return Live("cowsay", environment, target, current, tuple(lineage))


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


def record_live(*lives: Live) -> None:
    for each in lives:
        ledger_table().put_item(Item=keys.live(each.service, each.environment, each.target_id) | to_item(each))


def record_quarantine(image_digest: str, reason: str = "rolled back in dev") -> None:
    entry = HistoryEntry("cowsay", BEFORE, "rolled_back", f"{DEPLOYMENT}-0")
    Ledger.from_env().record(entry)
    quarantine = Quarantine("cowsay", image_digest, BEFORE, reason, entry.execution)
    ledger_table().put_item(Item=keys.quarantine("cowsay", image_digest) | to_item(quarantine))


def release_from_quarantine(image_digest: str, reason: str = RELEASED.reason) -> None:
    """As ResolveRelease of another promotion does."""
    Quarantines.from_env().release("cowsay", image_digest, replace(RELEASED, reason=reason))


def record_lease(held: Lease) -> None:
    """Let the ledger know a lease, whatever it knew of it before."""
    Leases.from_env().change(held.target, lambda before: replace(held, revision=before.revision))


def held(target: Target = TARGET) -> Lease:
    """The lease on a target, as the ledger knows it."""
    return replace(Leases.from_env().get(target), revision=0)


def history() -> list[HistoryEntry]:
    return Ledger.from_env().history("cowsay")
