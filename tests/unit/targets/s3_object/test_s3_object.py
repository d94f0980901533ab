"""What the kind `s3` does beyond what every kind promises."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.deployment import StableRevision
from gantry.promotion.errors import (
    ArtifactNotFoundError,
    ArtifactTypeError,
    IncompatibleTargetError,
    RevisionMismatchError,
    TargetAccessError,
    TargetChangedError,
    TargetConflictError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.promotion.policy.binding import BoundNames, unbound_reason
from gantry.promotion.policy.content import Policy
from gantry.promotion.traffic import Routing
from gantry.targets.kind import Change
from gantry.targets.readiness import Readiness
from gantry.targets.s3_object import compatibility, immutable_copies, pointer, release_objects
from gantry.targets.s3_object.binding import bound_names
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.targets.s3_object.revisions import is_revision
from gantry.targets.s3_object.rights import copying_rights
from gantry.targets.s3_object.schema import SCHEMA
from tests.unit.masked import MASKING
from tests.unit.promotion.policy.policies import binding
from tests.unit.targets.contract.contents import CONTENTS, NEW, OLD, PAGES
from tests.unit.targets.contract.driving import prepare, read, send
from tests.unit.targets.contract.s3_harness import (
    ARTIFACTS,
    BUCKET,
    PointerHarness,
    S3Accounts,
    SingleObjectHarness,
    live,
)
from tests.unit.targets.fake_client import refused


def deploy(harness: SingleObjectHarness, digest: str = NEW, stable: StableRevision | None = None) -> str:
    revision = prepare(harness.kind, harness.deployment(digest), stable).revision
    if stable is None:
        harness.kind.route(harness.target, Routing(revision), None)
    else:
        send(harness, Routing(revision))
    return revision


def test_a_reader_of_the_key_gets_the_artifact_with_its_metadata_and_without_tags(single: SingleObjectHarness) -> None:
    deploy(single)
    assert live(single).body == CONTENTS[NEW]
    assert live(single).given["CacheControl"] == "max-age=60"
    assert live(single).given["Metadata"]["to-say"] == "Moo"


def test_a_reader_of_the_pointer_finds_every_object_of_the_release_and_the_values(many: PointerHarness) -> None:
    deploy(many)
    said = json.loads(live(many).body)
    found = {key: many.s3.current(BUCKET, f"{said['prefix']}{key}") for key in PAGES["new"]}
    assert {key: each.body for key, each in found.items() if each} == PAGES["new"]
    assert said["values"]["TO_SAY"] == "Moo"
    assert said["release"] == NEW


def test_every_write_of_a_pointer_has_an_etag_of_its_own(many: PointerHarness) -> None:
    revision = deploy(many)
    once = live(many).etag
    _, token = read(many.kind, many.target)
    many.kind.route(many.target, Routing(revision), token)
    assert live(many).etag != once


@pytest.mark.parametrize("harness", [SingleObjectHarness, PointerHarness])
def test_what_others_put_there_is_replaced_and_comes_back_by_one_write(harness: type[SingleObjectHarness]) -> None:
    each = harness()
    key = ObjectTarget.of(each.target).key
    foreign = each.s3.write(BUCKET, key, b"by hand", ContentType="text/plain", Metadata={"owner": "ops"})
    found = each.kind.inspect(each.deployment(), MASKING)
    assert found.stable == StableRevision(f"version-{foreign.id}", f"sha256:{sha256(b'by hand').hexdigest()}")
    deploy(each, stable=found.stable)
    before = each.changes()

    send(each, Routing(found.stable.revision))

    assert each.changes() == before + 1
    assert (live(each).body, live(each).given["ContentType"]) == (b"by hand", "text/plain")
    assert live(each).given["Metadata"]["owner"] == "ops"
    assert each.kind.digest(each.target, found.stable.revision) == found.stable.digest


def test_what_others_uploaded_in_parts_has_no_artifacts_digest_and_comes_back_all_the_same(
    single: SingleObjectHarness,
) -> None:
    foreign = single.s3.write(BUCKET, "glue/etl.py", b"in parts")
    foreign.checksum, foreign.checksum_type = b64encode(b"of parts").decode() + "-2", "COMPOSITE"
    found = single.kind.inspect(single.deployment(), MASKING).stable
    assert found == StableRevision(f"version-{foreign.id}", f"version:{foreign.id}")
    deploy(single, stable=found)
    send(single, Routing(found.revision))
    assert read(single.kind, single.target)[0] == Routing(found.revision)


def test_other_bytes_under_gantrys_metadata_are_not_taken_for_gantrys(single: SingleObjectHarness) -> None:
    deploy(single)
    forged = single.s3.write(BUCKET, "glue/etl.py", b"other bytes", **live(single).given)
    assert read(single.kind, single.target)[0] == Routing(f"version-{forged.id}")


def test_a_deleted_object_is_no_object(single: SingleObjectHarness) -> None:
    deploy(single)
    single.s3.delete(BUCKET, "glue/etl.py")
    assert single.kind.inspect(single.deployment(), MASKING).routing is None


def test_the_same_bytes_written_between_looking_and_writing_are_noticed(single: SingleObjectHarness) -> None:
    stable = single.stable()
    canary = prepare(single.kind, single.deployment(), stable).revision
    _, token = read(single.kind, single.target)
    single.before_routing(lambda: single.route(Routing(stable.revision)))
    with pytest.raises(TargetChangedError, match="overwritten"):
        single.kind.route(single.target, Routing(canary), token)


def test_an_object_that_is_deleted_while_it_is_written_is_not_created_again(single: SingleObjectHarness) -> None:
    stable = single.stable()
    _, token = read(single.kind, single.target)
    single.before_routing(single.remove_target)
    with pytest.raises(TargetNotFoundError):
        single.kind.route(single.target, Routing(stable.revision), token)


def test_another_write_at_the_same_moment_is_worth_another_try(single: SingleObjectHarness) -> None:
    stable = single.stable()
    single.s3.refuse("copy_object", "ConditionalRequestConflict")
    _, token = read(single.kind, single.target)
    with pytest.raises(TargetConflictError):
        single.kind.route(single.target, Routing(stable.revision), token)


@pytest.mark.parametrize("harness", [SingleObjectHarness, PointerHarness])
def test_what_others_wrote_where_a_release_belongs_is_never_overwritten(harness: type[SingleObjectHarness]) -> None:
    each = harness()
    revision = prepare(each.kind, each.deployment(), None).revision
    each.corrupt_artifact(revision)
    with pytest.raises(RevisionMismatchError):
        prepare(each.kind, each.deployment(), None)
    assert each.kind.state(each.target, revision) is not None


def test_an_object_of_a_release_with_other_bytes_is_refused(many: PointerHarness) -> None:
    many.s3.write(BUCKET, f"releases/{NEW.partition(':')[2]}/index.html", b"by others")
    with pytest.raises(RevisionMismatchError, match=r"index\.html"):
        prepare(many.kind, many.deployment(), None)
    assert many.s3.calls["put_object"] == 0


def test_a_release_without_time_for_all_its_objects_goes_on_where_it_ended(
    many: PointerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(immutable_copies, "LAST_BEGUN", 0)
    with pytest.raises(TargetPendingError, match="2 of 2 objects"):
        many.kind.prepare(many.deployment(), None, lambda: None, is_retry=False)
    monkeypatch.undo()
    many.s3.refuse("copy_object", "SlowDown")
    with pytest.raises(Exception, match="SlowDown"):
        many.kind.prepare(many.deployment(), None, lambda: None, is_retry=True)
    copied = many.s3.calls["copy_object"]
    assert many.kind.prepare(many.deployment(), None, lambda: None, is_retry=True).revision
    assert many.s3.calls["copy_object"] <= copied + 2


def test_an_object_over_5_gb_is_refused_before_anything_is_copied(
    many: PointerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(immutable_copies, "LARGEST", 3)
    with pytest.raises(ArtifactTypeError, match="3 at most"):
        prepare(many.kind, many.deployment(), None)
    assert many.changes() == 0


def test_a_release_that_there_is_no_time_to_copy_is_refused_before_anything_is_copied(
    many: PointerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(map(len, PAGES["new"].values()))
    monkeypatch.setattr(immutable_copies, "LARGEST_RELEASE", size - 1)
    with pytest.raises(ArtifactTypeError, match=f"{size} bytes together"):
        prepare(many.kind, many.deployment(), None)
    assert many.changes() == 0
    monkeypatch.setattr(immutable_copies, "LARGEST_RELEASE", size)
    assert prepare(many.kind, many.deployment(), None).revision


def test_a_release_manifest_that_is_large_or_has_other_bytes_is_refused(
    many: PointerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pointer, "LARGEST_MANIFEST", 3)
    with pytest.raises(ArtifactTypeError, match="3 are the most"):
        prepare(many.kind, many.deployment(), None)
    monkeypatch.undo()
    many.s3.buckets[ARTIFACTS].objects["glue/etl.py"][1].body = b"{}"
    with pytest.raises(ArtifactNotFoundError, match="has the digest"):
        prepare(many.kind, many.deployment(), None)


def test_an_object_whose_version_is_gone_is_not_found(many: PointerHarness) -> None:
    many.s3.buckets[ARTIFACTS].objects["glue/index.html"].clear()
    with pytest.raises(ArtifactNotFoundError, match=r"glue/index\.html"):
        prepare(many.kind, many.deployment(), None)


def test_a_release_some_of_whose_objects_are_gone_takes_no_traffic(many: PointerHarness) -> None:
    many.stable()
    older = many.make(NEW)
    many.s3.delete(BUCKET, f"releases/{NEW.partition(':')[2]}/index.html")
    found = many.kind.state(many.target, older)
    assert found
    assert (found.readiness, found.reason[:10]) == (Readiness.BROKEN, "1 of the 2")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Expiration": {"Days": 30}, "Filter": {"Prefix": "glue/"}}, "deletes glue/etl.py"),
        ({"Expiration": {"Days": 30}, "Filter": {}}, "deletes glue/.gantry/etl.py/"),
        ({"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}], "Prefix": ""}, "archives glue/etl.py"),
        (
            {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}, "Filter": {"And": {"Prefix": "glue"}}},
            "deletes older versions",
        ),
        (
            {"NoncurrentVersionTransitions": [{"NoncurrentDays": 1, "StorageClass": "DEEP_ARCHIVE"}], "Prefix": ""},
            "archives older versions",
        ),
        ({"Expiration": {"Days": 30}, "Filter": {"Prefix": "glue/.gantry/etl.py/0"}}, "deletes glue/.gantry/etl.py/"),
    ],
)
def test_a_lifecycle_rule_that_would_take_the_way_back_is_refused(
    single: SingleObjectHarness, rule: dict[str, Any], expected: str
) -> None:
    single.s3.write(BUCKET, "glue/etl.py", b"by hand")
    single.s3.buckets[BUCKET].rules.append({"ID": "tidy", "Status": "Enabled", **rule})
    with pytest.raises(IncompatibleTargetError, match=expected):
        single.kind.inspect(single.deployment(), MASKING)


@pytest.mark.parametrize(
    "rule",
    [
        {"Status": "Disabled", "Expiration": {"Days": 1}, "Prefix": ""},
        {"Status": "Enabled", "Expiration": {"Days": 1}, "Filter": {"Prefix": "logs/"}},
        {"Status": "Enabled", "Expiration": {"Days": 1}, "Filter": {"Prefix": "glue/etl.py.d/"}},
        {
            "Status": "Enabled",
            "Prefix": "",
            "NoncurrentVersionTransitions": [{"NoncurrentDays": 30, "StorageClass": "STANDARD_IA"}],
        },
        {"Status": "Enabled", "Expiration": {"Days": 1}, "Filter": {"Tag": {"Key": "a", "Value": "b"}}},
        {"Status": "Enabled", "Expiration": {"ExpiredObjectDeleteMarker": True}, "Prefix": ""},
        {"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}, "Prefix": ""},
    ],
)
def test_a_lifecycle_rule_that_takes_nothing_from_gantry_is_fine(
    single: SingleObjectHarness, rule: dict[str, Any]
) -> None:
    stable = single.stable()
    single.s3.buckets[BUCKET].rules.append({"ID": "tidy", **rule})
    assert single.kind.inspect(single.deployment(), MASKING).stable == stable


def test_values_are_for_pointers_only(single: SingleObjectHarness) -> None:
    deployment = replace(single.deployment(), configuration={"values": {"A": "b"}})
    with pytest.raises(IncompatibleTargetError, match="only a pointer has values"):
        single.kind.inspect(deployment, MASKING)


def test_a_bucket_of_another_account_is_never_read(single: SingleObjectHarness) -> None:
    single.s3.buckets[BUCKET].owner = "333333333333"
    with pytest.raises(TargetAccessError, match="BucketKeyPatterns"):
        single.kind.inspect(single.deployment(), MASKING)


def test_a_rehearsal_changes_nothing_also_for_what_others_wrote(single: SingleObjectHarness) -> None:
    foreign = single.s3.write(BUCKET, "glue/etl.py", b"by hand")
    single.kind.rehearse(single.target, f"version-{foreign.id}")
    single.kind.rehearse(single.target, "version-that-is-gone")
    assert live(single) is foreign


def test_it_says_that_there_is_no_evidence_and_answers_no_requests(single: SingleObjectHarness) -> None:
    at = datetime(2026, 11, 28, tzinfo=UTC)
    revision = single.stable().revision
    assert single.kind.requests_per_second(single.target, at, at) is None
    assert not single.kind.may_wake(single.target)
    single.kind.wake(single.target, revision)
    with pytest.raises(IncompatibleTargetError):
        single.kind.invoke(single.target, revision, "{}", 1)
    assert single.kind.is_settled(single.target, Change())


def test_only_a_binding_of_the_policy_file_says_whose_a_key_is(single: SingleObjectHarness) -> None:
    assert bound_names(single.target) == BoundNames(None)


@pytest.mark.parametrize(
    ("targets", "is_bound"),
    [
        (["s3/acme-prod/live.json"], False),
        (["s3/acme-prod/live.json", "s3/acme-prod/releases-of-others/*"], False),
        (["s3/acme-prod/live.json", "s3/acme-prod/releases/*"], True),
        (["s3/acme-prod/*"], True),
        (["s3/acme-prod/releases/*"], False),
    ],
)
def test_a_binding_has_to_cover_the_pointer_and_where_releases_lie(
    many: PointerHarness, targets: list[str], is_bound: bool
) -> None:
    policy = Policy(
        "policy-1", (binding(services=("site",), kind="s3", accounts=("222222222222",), targets=tuple(targets)),)
    )
    found = unbound_reason(policy, "site", many.target, bound_names(many.target), ())
    assert (found is None) == is_bound
    assert found is None or "s3/acme-prod/releases/" in found


def test_a_prepared_object_that_vanishes_is_looked_for_again(single: SingleObjectHarness) -> None:
    revision = prepare(single.kind, single.deployment(), None).revision
    key = f"glue/.gantry/etl.py/{revision}"
    single.s3.before("head_object", lambda: single.s3.delete(BUCKET, key))
    with pytest.raises(TargetPendingError, match="was just there"):
        single.kind.prepare(single.deployment(), None, lambda: None, is_retry=True)


def test_a_prepared_object_that_others_replaced_takes_no_traffic(single: SingleObjectHarness) -> None:
    single.stable()
    older = single.make(NEW)
    single.s3.write(BUCKET, f"glue/.gantry/etl.py/{older}", b"by hand")
    found = single.kind.state(single.target, older)
    assert found
    assert (found.readiness, "replaced by others" in found.reason) == (Readiness.BROKEN, True)


def test_a_live_object_that_no_single_write_brings_back_is_refused(
    single: SingleObjectHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    single.s3.write(BUCKET, "glue/etl.py", b"by hand")
    monkeypatch.setattr(compatibility, "LARGEST_LIVE", 3)
    with pytest.raises(IncompatibleTargetError, match="more than 3 bytes"):
        single.kind.inspect(single.deployment(), MASKING)


@pytest.mark.parametrize("name", ["version-null", "latest", "7", "../x", "version-"])
def test_what_can_be_overwritten_is_no_revision(name: str) -> None:
    assert not is_revision(name)


@pytest.mark.parametrize(
    ("code", "is_absent"), [("InvalidArgument", True), ("NoSuchVersion", True), ("InvalidRequest", False)]
)
def test_a_refusal_without_a_reason_is_only_taken_for_an_absent_version_if_s3_names_it_so(
    single: SingleObjectHarness, code: str, is_absent: bool
) -> None:
    foreign = single.s3.write(BUCKET, "glue/etl.py", b"by hand")
    single.s3.refuse("head_object", "400", "Bad Request")
    single.s3.refuse("get_object", code)
    if is_absent:
        assert single.kind.state(single.target, f"version-{foreign.id}") is None
    else:
        with pytest.raises(ClientError, match=code):
            single.kind.state(single.target, f"version-{foreign.id}")


def test_a_version_that_s3_shows_once_it_is_asked_for_its_bytes_is_there(single: SingleObjectHarness) -> None:
    foreign = single.s3.write(BUCKET, "glue/etl.py", b"by hand")
    single.s3.refuse("head_object", "400", "Bad Request")
    assert single.kind.state(single.target, f"version-{foreign.id}")


RIGHT = {"key": "a/b.js", "version_id": "v1", "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("nothing", "no JSON object"),
        ("[]", "no JSON object"),
        ({"objects": []}, "1 to 500"),
        ({"objects": [RIGHT] * 501}, "1 to 500"),
        ({"objects": ["x"]}, r"objects\[0\] is no object of texts"),
        ({"objects": [RIGHT, {**RIGHT, "sha256": 7}]}, r"objects\[1\] is no object of texts"),
        ({"objects": [{"key": "a"}]}, "has no sha256"),
        ({"objects": [{**RIGHT, "acl": "x"}]}, "unknown key 'acl'"),
        ({"objects": [{**RIGHT, "key": "/a"}]}, "no relative key"),
        ({"objects": [{**RIGHT, "key": "a/../b"}]}, "no relative key"),
        ({"objects": [{**RIGHT, "key": ".gantry/a"}]}, "no relative key"),
        ({"objects": [{**RIGHT, "sha256": "abc"}]}, "64 hex digits"),
        ({"objects": [{**RIGHT, "version_id": "null"}]}, "needs versioning"),
        ({"objects": [{**RIGHT, "content_type": "a\nb"}]}, "printable ASCII"),
        ({"objects": [RIGHT, RIGHT]}, "more than once"),
    ],
)
def test_a_wrong_release_manifest_is_refused_with_what_is_right(content: object, expected: str) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    artifact = SingleObjectHarness().deployment(OLD).release.artifact
    with pytest.raises(ArtifactTypeError, match=expected) as raised:
        release_objects.release_objects(artifact, text.encode())
    assert '"version_id"' in str(raised.value)


PLACE = {"account": "222222222222", "region": "us-east-1", "bucket": "acme"}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, "give key for one object, or prefix and pointer for many"),
        ({"prefix": "a/"}, "give key for one object"),
        ({"key": "a", "prefix": "a/"}, "key is given too"),
        ({"key": "a/.gantry/b"}, "Gantry's own copies"),
        ({"key": ".gantry/b"}, "Gantry's own copies"),
        ({"prefix": "a/", "pointer": {"key": "b/.gantry/live.json"}}, "Gantry's own copies"),
        ({"prefix": "a/.gantry/b/", "pointer": {"key": "live.json"}}, "Gantry's own copies"),
        ({"prefix": "a/.gantry/", "pointer": {"key": "live.json"}}, "Gantry's own copies"),
        ({"prefix": "a/", "pointer": {"key": "a/live.json"}}, "it lies below a/"),
    ],
)
def test_keys_of_a_target_that_do_not_fit_together_are_refused(keys: dict[str, Any], expected: str) -> None:
    assert expected in " ".join(each.message for each in SCHEMA.target_problems({**PLACE, **keys}, artifact=None))


def test_keys_that_fit_together_are_fine() -> None:
    for keys in ({"key": "a"}, {"prefix": "a/", "pointer": {"key": "live.json"}}):
        assert list(SCHEMA.target_problems({**PLACE, **keys}, artifact=None)) == []
    assert SCHEMA.shared_draft({}, {}) is None
    assert SCHEMA.longest_request_seconds({}) is None


def test_more_metadata_than_s3_takes_is_refused() -> None:
    headers = {"metadata": {"cache-control": "x" * 1024}}
    users = {"metadata": {"a": "x" * 1024, "b": "x" * 1024}}
    assert list(SCHEMA.configuration_problems(headers, artifact=None)) == []
    assert [each.location for each in SCHEMA.configuration_problems(users, artifact=None)] == [("metadata",)]


def test_what_s3_says_that_nobody_foresaw_stays_as_it_is(single: SingleObjectHarness) -> None:
    single.s3.refuse("head_object", "SlowDown")
    with pytest.raises(type(refused("HeadObject", "SlowDown"))):
        single.kind.routing(single.target)
    single.s3.refuse("get_bucket_lifecycle_configuration", "SlowDown")
    with pytest.raises(Exception, match="SlowDown"):
        single.kind.inspect(single.deployment(), MASKING)


@pytest.mark.parametrize("harness", [SingleObjectHarness(), PointerHarness()], ids=["one object", "many objects"])
def test_no_write_names_an_encryption_so_the_key_is_that_of_the_bucket(harness: SingleObjectHarness) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html: the target stack names that key."""
    asked: set[str] = set()

    def listening(operation: Any) -> Any:
        def heard(**given: Any) -> Any:
            asked.update(given)
            return operation(**given)

        return heard

    for name in ("copy_object", "put_object"):
        setattr(harness.s3, name, listening(getattr(harness.s3, name)))
    deploy(harness)
    assert asked >= {"Bucket", "Key", "Metadata"}
    assert not [
        each for each in asked if each.startswith(("ServerSideEncryption", "SSE", "BucketKey", "CopySourceSSE"))
    ]


def test_who_inspects_or_prepares_may_read_the_artifact(single: SingleObjectHarness, monkeypatch: Any) -> None:
    """Both ask S3 about it, which the fake lets everybody do."""
    given: list[Any] = []
    original = S3Accounts.client

    def client(self: S3Accounts, service: str, target: Any, rights: Any = None, config: Any = None) -> Any:
        given.append(rights)
        return original(self, service, target, rights, config)

    monkeypatch.setattr(S3Accounts, "client", client)
    deployment = single.deployment()
    single.kind.inspect(deployment, MASKING)
    wanted = copying_rights(single.target, deployment.release.artifact)
    assert given == [wanted]
    single.kind.prepare(deployment, None, lambda: None, is_retry=False)
    assert given == [wanted, wanted]
