"""ResolveRelease for objects: which version is a release, and when its push is ignored."""

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import boto3
import pytest

from gantry.handlers.promotion_machine import resolve_release
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.errors import (
    ArtifactNotFoundError,
    ArtifactTypeError,
    InvalidRequestError,
    ManifestError,
)
from gantry.promotion.history import HistoryKind
from gantry.promotion.live import Live, LiveRevision
from gantry.targets.lambda_alias.schema import SCHEMA
from tests.unit.handlers.manifests import MANIFEST
from tests.unit.handlers.payloads import ENTERED_AT, PROMOTION, TARGET, Said, invoke, payload
from tests.unit.handlers.pushes import object_event, push, resolve_push
from tests.unit.handlers.records import history, record_live
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket", "artifacts")

KEY, SERVICE, LOCATION = "zips/cowsay", "s3/acme/zips/cowsay", "acme/zips/cowsay"
OBJECT_MANIFEST = MANIFEST.replace(
    "repository: cowsay\nversioning: git-sha\n", f"artifact: {{bucket: acme, key: {KEY}}}\n"
)


@pytest.fixture
def artifacts(bucket: None, workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> None:
    """An artifact bucket, and a manifest of targets that take objects, whatever kind they are."""
    monkeypatch.setattr(type(SCHEMA), "artifacts", frozenset(ArtifactKind))
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="acme")
    s3.put_bucket_versioning(Bucket="acme", VersioningConfiguration={"Status": "Enabled"})
    upload()


def upload(text: str = OBJECT_MANIFEST, service: str = SERVICE) -> str:
    answer = boto3.client("s3").put_object(Bucket="manifests", Key=f"services/{service}.yaml", Body=text.encode())
    return str(answer["VersionId"])


def pushed(body: bytes = b"zip", metadata: Mapping[str, str] = MappingProxyType({})) -> str:
    answer = boto3.client("s3").put_object(
        Bucket="acme", Key=KEY, Body=body, ChecksumAlgorithm="SHA256", Metadata=dict(metadata)
    )
    return str(answer["VersionId"])


def digest(body: bytes = b"zip") -> str:
    return f"sha256:{sha256(body).hexdigest()}"


def resolve(version: str, execution: str = PROMOTION) -> Any:
    return resolve_push(object_event(version, KEY), execution)


def start(**typed: Any) -> Any:
    event = {"artifact": {"bucket": "acme", "key": KEY}, "started_by": "bob@example.com"} | typed
    sent = payload("ResolveRelease", event=event, execution=f"{PROMOTION}-manual", entered_at=ENTERED_AT)
    return invoke(resolve_release.handler, sent)


def ignored(answer: Any) -> str:
    assert (answer["outcome"], answer["release"]) == ("ignored", None)
    return str(answer["reason"])


def test_a_version_becomes_a_release_with_its_digest_and_with_what_its_metadata_say() -> None:
    revision = upload()
    version = pushed(metadata={"tag": "v1.2", "pushed-by": "alice@example.com"})
    answer = resolve(version)
    assert answer["outcome"] == "promote"
    assert answer["release"] == {
        "service": SERVICE,
        "artifact": {
            "kind": "s3_object",
            "digest": digest(),
            "location": LOCATION,
            "version": version,
            "copies": {},
        },
        "manifest_revision": revision,
        "tag": "v1.2",
        "source": None,
        "configuration_of": None,
    }
    assert answer["origin"] == {
        "is_manual": False,
        "is_verified": True,
        "pushed_by": "alice@example.com",
        "started_by": None,
        "tags": ["v1.2"],
    }
    assert answer["environments"] == ["dev", "prod"]


def test_where_an_object_comes_from_is_in_its_metadata_and_what_is_no_address_counts_for_nothing() -> None:
    upload()
    repository, run = "https://gitlab.com/acme/orders", "https://gitlab.com/acme/orders/-/jobs/7"
    version = pushed(metadata={"source": f"{repository}.git", "revision": "4f0c2d1", "run": run})
    assert resolve(version)["release"]["source"] == {
        "repository": repository,
        "revision": "4f0c2d1",
        "run": run,
        "manifest": None,
    }
    hostile = pushed(b"other", {"source": "javascript:alert(1)", "revision": "main", "run": "http://ci.example.com"})
    answer = resolve(hostile, f"{PROMOTION}-2")
    assert (answer["outcome"], answer["release"]["source"]) == ("promote", None)


def test_a_version_without_a_tag_is_called_by_its_digest() -> None:
    answer = resolve(pushed())
    assert (answer["release"]["tag"], answer["origin"]["tags"]) == (None, [])


def test_the_push_of_a_version_that_is_not_the_newest_any_more_is_ignored_and_published(announced: Said) -> None:
    """Events come in any order: the newer one's may have come first."""
    older, newer = pushed(b"older"), pushed(b"newer")
    reason = (
        f"version {older} is not the newest of s3://{LOCATION} any more: it was deleted, or what is newest is promoted "
        "by its own push"
    )
    assert ignored(resolve(older, f"{PROMOTION}-2")) == reason
    (event,) = announced()
    assert (event["detail-type"], event["detail"]["reason"]) == ("Promotion Ignored", reason)
    assert (event["detail"]["version_id"], event["detail"]["digest"]) == (older, None)
    assert resolve(newer)["outcome"] == "promote"


def test_a_second_event_for_a_version_is_ignored_whatever_became_of_the_first(workloads: Workloads) -> None:
    version = pushed()
    resolve(version)
    assert ignored(resolve(version, f"{PROMOTION}-2")).startswith(
        f"the promotion {PROMOTION} has handled version {version} already"
    )


def test_a_retry_goes_on_with_its_own_version() -> None:
    version = pushed()
    assert resolve(version) == resolve(version)


def test_the_same_bytes_in_a_newer_version_are_carried_already_while_their_promotion_runs(workloads: Workloads) -> None:
    workloads.executions.running.add(PROMOTION)
    resolve(pushed())
    assert "carries this release already" in ignored(resolve(pushed(), f"{PROMOTION}-2"))


def test_a_push_that_can_never_be_deployed_is_ignored_with_the_reason() -> None:
    pushed()
    for _ in range(2):
        reason = ignored(resolve("null"))
        assert "Turn on the bucket's versioning" in reason
    assert [each.kind for each in history(SERVICE)] == [HistoryKind.PROMOTION_IGNORED]


def test_a_push_of_a_version_that_was_deleted_since_is_ignored_as_old() -> None:
    version = pushed()
    boto3.client("s3").delete_object(Bucket="acme", Key=KEY, VersionId=version)
    assert "it was deleted" in ignored(resolve(version))


def test_a_person_may_promote_any_version() -> None:
    older, _ = pushed(b"older"), pushed(b"newer")
    answer = start(version_id=older)
    assert answer["release"]["artifact"]["version"] == older
    assert (answer["origin"]["is_manual"], answer["origin"]["started_by"]) == (True, "bob@example.com")


def test_a_person_who_names_what_cannot_be_deployed_is_refused() -> None:
    with pytest.raises(ArtifactNotFoundError, match="there is no such version"):
        start(version_id="another")


def recorded(body: bytes, version: str | None, *, is_live: bool = True) -> None:
    current, older = LiveRevision("8", digest(b"other"), ENTERED_AT), LiveRevision("7", digest(b"third"), ENTERED_AT)
    found = LiveRevision("6", digest(body), ENTERED_AT, artifact_version=version)
    lineage = (older,) if is_live else (older, found)
    record_live(Live(SERVICE, "dev", TARGET, found if is_live else current, lineage))


@pytest.mark.parametrize("is_live", [True, False], ids=["live", "live before"])
def test_a_person_may_name_the_digest_of_what_was_deployed(*, is_live: bool) -> None:
    version = pushed()
    recorded(b"zip", version, is_live=is_live)
    assert start(digest=digest())["release"]["artifact"]["version"] == version


@pytest.mark.parametrize("version", ["no record of it", None], ids=["another digest", "a record without a version"])
def test_of_a_digest_that_was_not_deployed_the_version_is_asked_for(version: str | None) -> None:
    recorded(b"zip" if version is None else b"fourth", version)
    with pytest.raises(InvalidRequestError, match=f"Nothing with the digest {digest()}.*--prefix {KEY} lists them"):
        start(digest=digest())


def test_where_the_manifest_names_other_regions_buckets_the_release_has_them() -> None:
    upload(OBJECT_MANIFEST.replace(f"key: {KEY}", f"key: {KEY}, buckets: {{eu-west-1: acme-eu}}"))
    assert resolve(pushed())["release"]["artifact"]["copies"] == {"eu-west-1": "acme-eu"}


def test_a_region_without_a_bucket_is_noticed_before_the_first_environment() -> None:
    upload(OBJECT_MANIFEST.replace('"444444444444", region: us-east-1', '"444444444444", region: eu-west-1'))
    with pytest.raises(ManifestError, match=r"environments\.prod: .*buckets: \{eu-west-1: <a bucket there>\}"):
        resolve(pushed())


def test_where_the_manifest_lies_beside_its_place_a_push_is_ignored_in_the_services_history(announced: Said) -> None:
    s3 = boto3.client("s3")
    s3.delete_object(Bucket="manifests", Key=f"services/{SERVICE}.yaml")
    s3.put_object(Bucket="manifests", Key=f"services/{LOCATION}.yaml", Body=OBJECT_MANIFEST.encode())
    hint = f"services/{LOCATION}.yaml may be meant for it: move it there"
    assert hint in ignored(resolve(pushed()))
    assert [each["detail-type"] for each in announced()] == ["Promotion Ignored"]
    assert [each.kind for each in history(SERVICE)] == [HistoryKind.PROMOTION_IGNORED]


def test_a_repository_that_is_called_like_the_service_of_an_object_is_not_taken_for_it() -> None:
    reason = f"is for the object s3://{LOCATION}, not for images of the repository {SERVICE}"
    assert reason in ignored(resolve_push(push(repository=SERVICE)))
    event = {"repository": SERVICE, "tag": "4f0c2d1", "started_by": "bob@example.com"}
    with pytest.raises(InvalidRequestError, match=reason) as refused:
        invoke(resolve_release.handler, payload("ResolveRelease", event=event, execution=f"{PROMOTION}-manual"))
    hint = f'; for the object, give "artifact": {{"bucket": "acme", "key": "{KEY}"}} instead of the repository'
    assert hint in str(refused.value)


def test_nor_is_an_object_taken_for_an_image_of_such_a_repository() -> None:
    upload(MANIFEST.replace("repository: cowsay", f"repository: {SERVICE}"))
    assert f"is for images of the repository {SERVICE}, not for the object" in ignored(resolve(pushed()))


def test_an_object_that_is_too_large_is_ignored_and_a_person_who_names_it_is_refused(workloads: Workloads) -> None:
    del workloads
    version = pushed()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gantry.artifacts.object_versions.LARGEST", 2)
        assert "has 3 bytes; 2 are the most" in ignored(resolve(version))
        with pytest.raises(ArtifactTypeError, match="has 3 bytes; 2 are the most"):
            start(version_id=version)


def test_a_version_that_has_another_digest_than_the_ledger_says_is_refused() -> None:
    """Of what S3 did not know the SHA-256, somebody may have replaced the copy that it was computed of."""
    recorded(b"other", pushed())
    with pytest.raises(InvalidRequestError, match=f"has the digest {digest()}, not {digest(b'other')}"):
        start(digest=digest(b"other"))
