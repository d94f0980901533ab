"""S3 in memory: versions, conditional writes, checksums, and copies between the buckets of all accounts."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5, sha256
from io import BytesIO
from typing import Any

from tests.unit.targets.fake_client import Answer, FakeClient, counted, refused

HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "WebsiteRedirectLocation",
)


@dataclass
class FakeVersion:
    """One version of an object, or a delete marker."""

    id: str
    body: bytes
    given: dict[str, Any] = field(default_factory=dict)
    """Headers and metadata, as the SDK names them."""
    checksum: str | None = None
    """The SHA-256; None when S3 was not asked for it."""
    checksum_type: str = "FULL_OBJECT"
    storage_class: str = "STANDARD"
    is_deletion: bool = False

    @property
    def etag(self) -> str:
        """Equal bytes have equal ETags."""
        return f'"{md5(self.body, usedforsecurity=False).hexdigest()}"'


@dataclass
class FakeBucket:
    """One bucket."""

    owner: str
    versioning: str | None = "Enabled"
    rules: list[Mapping[str, Any]] = field(default_factory=list)
    objects: dict[str, list[FakeVersion]] = field(default_factory=dict)
    """By key; the newest version is the last one."""


@dataclass
class FakeS3(FakeClient):
    """All buckets of all accounts. Tests look into them and change them as somebody else would."""

    buckets: dict[str, FakeBucket] = field(default_factory=dict)
    _made: int = field(default=0, init=False)

    def write(self, bucket: str, key: str, body: bytes, **given: Any) -> FakeVersion:
        """Let somebody write an object, whatever is there."""
        self._made += 1
        checksum = b64encode(sha256(body).digest()).decode()
        made = FakeVersion(f"v{self._made:04}", body, given, checksum)
        self.buckets[bucket].objects.setdefault(key, []).append(made)
        return made

    def delete(self, bucket: str, key: str) -> None:
        """Let somebody put a delete marker on an object."""
        self.write(bucket, key, b"").is_deletion = True

    def current(self, bucket: str, key: str) -> FakeVersion | None:
        """Return the newest version, unless it is a delete marker."""
        versions = self.buckets[bucket].objects.get(key, [])
        return versions[-1] if versions and not versions[-1].is_deletion else None

    @counted
    def head_object(self, **asked: Any) -> Answer:
        found = self._version("HeadObject", asked)
        if found is None:
            raise refused("HeadObject", "404", "Not Found")
        return _answer(found)

    @counted
    def get_object(self, **asked: Any) -> Answer:
        found = self._version("GetObject", asked)
        if found is None:
            raise refused("GetObject", "NoSuchVersion" if "VersionId" in asked else "NoSuchKey", "it does not exist")
        return {**_answer(found), "Body": BytesIO(found.body)}

    @counted
    def put_object(self, **asked: Any) -> Answer:
        self._require_condition("PutObject", asked)
        body = asked["Body"]
        if asked["ChecksumSHA256"] != b64encode(sha256(body).digest()).decode():
            raise refused("PutObject", "BadDigest")
        made = self.write(asked["Bucket"], asked["Key"], body, **_given(asked))
        return {"VersionId": made.id, "ETag": made.etag}

    @counted
    def copy_object(self, **asked: Any) -> Answer:
        source = {**asked["CopySource"], "ExpectedBucketOwner": asked["ExpectedSourceBucketOwner"]}
        found = self._version("CopyObject", source)
        if found is None:
            raise refused("CopyObject", "NoSuchVersion", "the source does not exist")
        if found.storage_class in {"GLACIER", "DEEP_ARCHIVE"}:
            raise refused("CopyObject", "InvalidObjectState")
        self._require_condition("CopyObject", asked)
        given = _given(asked) if asked.get("MetadataDirective") == "REPLACE" else found.given
        made = self.write(asked["Bucket"], asked["Key"], found.body, **given)
        return {"VersionId": made.id, "CopyObjectResult": {"ETag": made.etag, "ChecksumSHA256": made.checksum}}

    @counted
    def list_objects_v2(self, **asked: Any) -> Answer:
        found = self._bucket("ListObjectsV2", asked)
        keys = sorted(key for key in found.objects if key.startswith(asked["Prefix"]))
        there = [(key, version) for key in keys if (version := self.current(asked["Bucket"], key))]
        return {"Contents": [{"Key": key, "StorageClass": version.storage_class} for key, version in there]}

    @counted
    def list_object_versions(self, **asked: Any) -> Answer:
        """Return what follows a version: older ones of its key, then those of the keys after it."""
        found = self._bucket("ListObjectVersions", asked)
        keys = sorted(key for key in found.objects if key.startswith(asked["Prefix"]))
        listed = [(key, version) for key in keys for version in reversed(found.objects[key])]
        ids = [(key, version.id) for key, version in listed]
        after = listed[ids.index((asked["KeyMarker"], asked["VersionIdMarker"])) + 1 :][: asked["MaxKeys"]]
        named: dict[str, list[dict[str, str]]] = {"Versions": [], "DeleteMarkers": []}
        for key, version in after:
            named["DeleteMarkers" if version.is_deletion else "Versions"].append({"Key": key, "VersionId": version.id})
        return {name: each for name, each in named.items() if each}

    @counted
    def get_bucket_versioning(self, **asked: Any) -> Answer:
        status = self._bucket("GetBucketVersioning", asked).versioning
        return {"Status": status} if status else {}

    @counted
    def get_bucket_lifecycle_configuration(self, **asked: Any) -> Answer:
        rules = self._bucket("GetBucketLifecycleConfiguration", asked).rules
        if not rules:
            raise refused("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration")
        return {"Rules": rules}

    def _bucket(self, operation: str, asked: Mapping[str, Any]) -> FakeBucket:
        found = self.buckets.get(asked["Bucket"])
        if found is None:
            raise refused(operation, "NoSuchBucket" if operation != "HeadObject" else "404", "there is no such bucket")
        if asked.get("ExpectedBucketOwner", found.owner) != found.owner:
            raise refused(operation, "AccessDenied", "Access Denied")
        return found

    def _version(self, operation: str, asked: Mapping[str, Any]) -> FakeVersion | None:
        versions = self._bucket(operation, asked).objects.get(asked["Key"], [])
        if "VersionId" not in asked:
            return self.current(asked["Bucket"], asked["Key"])
        return next((each for each in versions if each.id == asked["VersionId"]), None)

    def _require_condition(self, operation: str, asked: Mapping[str, Any]) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""
        self._bucket(operation, asked)
        found = self.current(asked["Bucket"], asked["Key"])
        if asked.get("IfNoneMatch") == "*" and found:
            raise refused(operation, "PreconditionFailed", "At least one of the pre-conditions did not hold")
        if "IfMatch" in asked and found is None:
            raise refused(operation, "NoSuchKey", "The specified key does not exist.")
        if "IfMatch" in asked and found and asked["IfMatch"] != found.etag:
            raise refused(operation, "PreconditionFailed", "At least one of the pre-conditions did not hold")


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in (*HEADERS, "Metadata") if name in asked}


def _answer(found: FakeVersion) -> Answer:
    checksum = {"ChecksumSHA256": found.checksum, "ChecksumType": found.checksum_type} if found.checksum else {}
    storage = {} if found.storage_class == "STANDARD" else {"StorageClass": found.storage_class}
    answer = {"ContentType": "binary/octet-stream", "Metadata": {}, **found.given, **checksum, **storage}
    return {**answer, "VersionId": found.id, "ETag": found.etag, "ContentLength": len(found.body)}


def digest_of(body: bytes) -> str:
    """Return the digest of bytes as artifacts have it."""
    return f"sha256:{sha256(body).hexdigest()}"
