"""An object's release in the ledger: all of it is read back, and what was written before objects existed still is."""

from typing import TYPE_CHECKING, Any

import pytest

from gantry.aws import ledger_keys as keys
from gantry.aws.leases import Leases
from gantry.aws.ledger import Ledger
from gantry.aws.ledger_items import to_item
from gantry.aws.push_claims import PushClaims
from gantry.aws.release_claims import ReleaseClaims
from gantry.aws.running_promotions import RunningPromotions
from gantry.aws.started_promotions import StartedPromotions
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.board.listed_service import ListedService
from gantry.promotion.claim import PushClaim, ReleaseClaim
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Contender
from gantry.promotion.release import Release
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

AT, EXECUTION = "2026-11-22T09:30:00.000Z", "arn:aws:states:us-east-1:111111111111:execution:gantry-promotion:one"
DIGEST = f"sha256:{'a' * 64}"
SERVICE = "s3/acme/glue/etl.py"
OBJECT = Artifact(ArtifactKind.S3_OBJECT, DIGEST, "acme/glue/etl.py", "v1", {"eu-west-1": "acme-eu"})
RELEASE = Release(SERVICE, OBJECT, "revision-1", "4f0c2d1")


def without_what_objects_have(item: dict[str, Any]) -> dict[str, Any]:
    """As an older version of Gantry has written it, of an image."""
    release = item["release"]
    artifact = {"kind": "container_image", "digest": DIGEST, "location": "cowsay"}
    return item | {"release": release | {"service": "cowsay", "artifact": artifact}}


def test_a_running_promotion_is_read_back_whole_and_an_older_one_is_of_an_image(table: "Table") -> None:
    running = RunningPromotion(EXECUTION, RELEASE, ("dev",), AT)
    entry = HistoryEntry(SERVICE, AT, HistoryKind.PROMOTION_STARTED, EXECUTION)
    StartedPromotions(table).add(running, entry, ListedService(SERVICE, (), AT))
    assert RunningPromotions(table).get(EXECUTION) == running
    item = table.get_item(Key=keys.running_promotion(EXECUTION))["Item"]
    table.put_item(Item=without_what_objects_have(item))
    found = RunningPromotions(table).get(EXECUTION)
    assert found
    assert found.release.artifact == Artifact(ArtifactKind.CONTAINER_IMAGE, DIGEST, "cowsay")


def test_so_is_a_claim_on_a_release(table: "Table") -> None:
    claim = ReleaseClaim(RELEASE, EXECUTION, AT, ("dev",))
    claims = ReleaseClaims(table)
    claims.replace(claim)
    assert claims.claim(ReleaseClaim(RELEASE, "arn:another", AT)) == claim


def test_so_is_who_holds_a_lease(table: "Table", target: Target) -> None:
    holder = Contender(EXECUTION, SERVICE, "dev", AT, AT, RELEASE)
    Leases(table).change(target, lambda lease: lease.joined(holder))
    assert Leases(table).get(target).holder == holder


def test_a_version_is_claimed_once_whatever_else_is_claimed_of_the_service(table: "Table") -> None:
    claims = PushClaims(table)
    first = PushClaim(SERVICE, None, None, EXECUTION, AT, "v1")
    assert claims.claim(first) is None
    assert claims.claim(first) is None, "a retry"
    assert claims.claim(PushClaim(SERVICE, None, None, "arn:another", AT, "v2")) is None
    assert claims.claim(PushClaim(SERVICE, None, None, "arn:another", AT, "v1")) == first


@pytest.mark.parametrize("version", ["v1", None])
def test_a_live_record_has_the_version_if_it_was_recorded(table: "Table", target: Target, version: str | None) -> None:
    key = keys.live(SERVICE, "dev", target.id)
    current = {"revision": "1", "digest": DIGEST, "since": AT} | ({"artifact_version": version} if version else {})
    item: dict[str, Any] = {"service": SERVICE, "environment": "dev", "target": to_item(target), "current": current}
    table.put_item(Item=key | item | {"lineage": [], "sequence": 1})
    (found,) = Ledger(table).live(SERVICE)
    assert found.current.artifact_version == version
