"""What the ledger knew before, and what it knows afterwards."""

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from aws.leases import Leases
from aws.ledger import Ledger
from promotion.lease import Lease
from promotion.ledger import HistoryEntry, Live, LiveVersion, Quarantine
from promotion.release import Release
from promotion.target import Target
from tests.unit.handlers.payloads import DEPLOYMENT, RELEASE, TARGET

BEFORE = "2026-11-20T08:00:00.000Z"


def empty_ledger() -> None:
    """Faster than a new table."""
    dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].get_table("ledger").items.clear()


def digest_of(number: int) -> str:
    return f"sha256:{number:064x}"


def live_version(number: int, since: str = BEFORE) -> LiveVersion:
    """A version that carried a release of the same number."""
    execution = f"{DEPLOYMENT}-{number}"
    return LiveVersion(str(number), digest_of(number), since, f"tag{number}", f"revision-{number}", execution)


def live(*numbers: int, target: Target = TARGET, environment: str = "prod", since: str = BEFORE) -> Live:
    """The first number is live, the others were before."""
    current, *lineage = [live_version(number, since) for number in numbers]
    return Live("cowsay", environment, target, current, tuple(lineage))


def lease(owner: str = DEPLOYMENT, target: Target = TARGET, release: Release = RELEASE) -> Lease:
    return Lease(target.id, owner, "prod", release, "2026-11-22T09:00:00.000Z")


def record_live(*lives: Live) -> None:
    Ledger.from_env().record_rollback(lives, [], None, [])


def record_quarantine(image_digest: str) -> None:
    entry = HistoryEntry("cowsay", BEFORE, "rolled_back", f"{DEPLOYMENT}-0")
    quarantine = Quarantine("cowsay", image_digest, BEFORE, "rolled back in dev", entry.execution)
    Ledger.from_env().record_rollback([], [entry], quarantine, [])


def record_lease(held: Lease) -> None:
    assert Leases.from_env().acquire(held) is None


def history() -> list[HistoryEntry]:
    return Ledger.from_env().history("cowsay")
