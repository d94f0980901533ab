"""Versions of objects in the artifact buckets, against moto; what moto does not know comes from AWS' documentation."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from gantry.artifacts.checksums import full_digest
from gantry.artifacts.object_copies import LARGEST, ObjectCopies
from gantry.artifacts.object_versions import NO_VERSION, ObjectVersion, ObjectVersions
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LOCATION, KEY = "acme/cowsay/app.zip", "cowsay/app.zip"
CHECKSUM = b64encode(sha256(b"zip").digest()).decode()
DIGEST = f"sha256:{sha256(b'zip').hexdigest()}"
COPIES = {"eu-west-1": "acme-eu"}


@pytest.fixture
def client() -> Any:
    return boto3.client("s3", region_name="us-east-1")


@pytest.fixture
def answers(client: Any, stubbed: Callable[[Any], Stubber]) -> Stubber:
    return stubbed(client)


def versions(s3: Any) -> ObjectVersions:
    return ObjectVersions(s3, ObjectCopies(s3))


def pushed(s3: "S3Client", body: bytes = b"zip", **request: Any) -> str:
    return s3.put_object(Bucket="acme", Key=KEY, Body=body, **request)["VersionId"]


def own_copies(s3: "S3Client") -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket="acme", Prefix=".gantry/").get("Contents", [])]


def there(**changed: Any) -> dict[str, Any]:
    body = StreamingBody(BytesIO(), 0)
    return {"Body": body, "ContentLength": 3, "Metadata": {}, "ChecksumSHA256": CHECKSUM} | changed


def test_a_checksum_of_all_bytes_is_taken_as_it_is(s3: "S3Client") -> None:
    version = pushed(s3, ChecksumAlgorithm="SHA256", Metadata={"tag": "v1.2", "pushed-by": "alice@example.com"})
    artifact = Artifact(ArtifactKind.S3_OBJECT, DIGEST, LOCATION, version, COPIES)
    found = versions(s3).resolve(LOCATION, version, COPIES)
    assert found == ObjectVersion(artifact, "v1.2", "alice@example.com")
    assert found.artifact.copies == COPIES
    assert own_copies(s3) == []


def test_without_one_the_first_copy_says_what_the_bytes_are_whatever_was_pushed_since(s3: "S3Client") -> None:
    version = pushed(s3)
    pushed(s3, b"newer")
    assert versions(s3).resolve(LOCATION, version, {}).artifact.digest == DIGEST
    assert own_copies(s3) == [f".gantry/versions/{version}/{KEY}"]


def test_a_look_writes_no_copy_and_knows_only_what_s3_or_somebody_else_knows(s3: "S3Client") -> None:
    version, known = pushed(s3), pushed(s3, ChecksumAlgorithm="SHA256")
    assert versions(s3).look(LOCATION, version, {}) is None
    for found in (versions(s3).look(LOCATION, version, {}, DIGEST), versions(s3).look(LOCATION, known, {})):
        assert found is not None
        assert found.artifact.digest == DIGEST
    assert own_copies(s3) == []


@pytest.mark.parametrize(
    "response",
    [
        {"ChecksumSHA256": f"{CHECKSUM}-2", "ChecksumType": "COMPOSITE"},
        {"ChecksumSHA256": f"{CHECKSUM}-2"},
        {"ChecksumSHA256": CHECKSUM, "ChecksumType": "COMPOSITE"},
        {"ChecksumCRC64NVME": "AAAAAAAAAAA=", "ChecksumType": "FULL_OBJECT"},
        {},
    ],
    ids=["of parts", "of parts, by its form", "of parts, by its type", "another algorithm", "none"],
)
def test_a_checksum_of_parts_is_not_that_of_all_bytes(response: dict[str, str]) -> None:
    assert full_digest(response) is None


def test_a_version_is_copied_without_its_metadata_and_tags_and_never_over_something(
    client: Any, answers: Stubber
) -> None:
    asked = {
        "Bucket": "acme",
        "Key": f".gantry/versions/v1/{KEY}",
        "CopySource": {"Bucket": "acme", "Key": KEY, "VersionId": "v1"},
        "ChecksumAlgorithm": "SHA256",
        "MetadataDirective": "REPLACE",
        "TaggingDirective": "REPLACE",
        "IfNoneMatch": "*",
    }
    answers.add_response("get_object", there(ChecksumSHA256=f"{CHECKSUM}-2", ChecksumType="COMPOSITE"))
    answers.add_response("copy_object", {"CopyObjectResult": {"ChecksumSHA256": CHECKSUM}}, asked)
    assert versions(client).resolve(LOCATION, "v1", {}).artifact.digest == DIGEST


def test_a_second_try_finds_the_copy_of_the_first(client: Any, answers: Stubber) -> None:
    answers.add_response("get_object", there(ChecksumSHA256=""))
    answers.add_client_error("copy_object", "PreconditionFailed", http_status_code=412)
    copy = {"Bucket": "acme", "Key": f".gantry/versions/v1/{KEY}", "ChecksumMode": "ENABLED"}
    answers.add_response("head_object", {"ChecksumSHA256": CHECKSUM, "ChecksumType": "FULL_OBJECT"}, copy)
    assert versions(client).resolve(LOCATION, "v1", {}).artifact.digest == DIGEST


def test_what_somebody_else_has_put_in_the_copys_place_is_refused(client: Any, answers: Stubber) -> None:
    answers.add_response("get_object", there(ChecksumSHA256=""))
    answers.add_client_error("copy_object", "PreconditionFailed", http_status_code=412)
    answers.add_response("head_object", {"ChecksumCRC32": "AAAAAA=="})
    with pytest.raises(
        ArtifactTypeError, match=r"s3://acme/\.gantry/versions/v1/cowsay/app\.zip has no SHA-256.*Delete"
    ):
        versions(client).resolve(LOCATION, "v1", {})


def test_while_somebody_else_copies_it_the_state_is_tried_again(client: Any, answers: Stubber) -> None:
    answers.add_response("get_object", there(ChecksumSHA256=""))
    answers.add_client_error("copy_object", "ConditionalRequestConflict", http_status_code=409)
    with pytest.raises(ClientError, match="ConditionalRequestConflict"):
        versions(client).resolve(LOCATION, "v1", {})


def test_what_s3_cannot_copy_is_refused_with_the_limit(client: Any, answers: Stubber) -> None:
    answers.add_response("get_object", there(ContentLength=LARGEST + 1))
    with pytest.raises(ArtifactTypeError, match=r"has 5,368,709,121 bytes; 5,368,709,120 are the most"):
        versions(client).resolve(LOCATION, "v1", {})


def test_the_largest_object_is_taken(client: Any, answers: Stubber) -> None:
    answers.add_response("get_object", there(ContentLength=LARGEST))
    assert versions(client).resolve(LOCATION, "v1", {}).artifact.digest == DIGEST


@pytest.mark.parametrize(
    ("code", "kind", "remedy"),
    [
        ("NoSuchBucket", ArtifactNotFoundError, "Correct its name"),
        ("NoSuchKey", ArtifactNotFoundError, "Upload it"),
        ("NoSuchVersion", ArtifactNotFoundError, "list-object-versions"),
        ("InvalidArgument", ArtifactNotFoundError, "list-object-versions"),
        ("MethodNotAllowed", ArtifactNotFoundError, "Name an older version"),
        ("AccessDenied", ArtifactNotFoundError, "ArtifactBuckets and ArtifactKeyArns"),
        ("InvalidRequest", ArtifactTypeError, "Upload it without one"),
        ("InvalidObjectState", ArtifactTypeError, "Upload it again"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(
    client: Any, answers: Stubber, code: str, kind: type[Exception], remedy: str
) -> None:
    answers.add_client_error("get_object", code, "as S3 says it")
    with pytest.raises(kind, match=rf"version v1 of s3://acme/cowsay/app\.zip .*{remedy}.*as S3 says it"):
        versions(client).resolve(LOCATION, "v1", {})


def test_what_else_s3_answers_is_not_taken_for_an_answer(client: Any, answers: Stubber) -> None:
    answers.add_client_error("get_object", "SlowDown")
    with pytest.raises(ClientError, match="SlowDown"):
        versions(client).resolve(LOCATION, "v1", {})


def test_a_version_that_does_not_exist_is_not_found(s3: "S3Client") -> None:
    pushed(s3)
    with pytest.raises(ArtifactNotFoundError, match="there is no such version"):
        versions(s3).resolve(LOCATION, "another", {})


def test_what_was_written_without_versions_is_refused_before_anything_is_read(client: Any, answers: Stubber) -> None:
    with pytest.raises(ArtifactTypeError, match="Turn on the bucket's versioning, and upload it again"):
        versions(client).resolve(LOCATION, NO_VERSION, {})


@pytest.mark.parametrize("tag", ["", "-v1", "with space", "v" * 129, "a/b"])
def test_what_cannot_be_a_tag_is_none(s3: "S3Client", tag: str) -> None:
    version = pushed(s3, ChecksumAlgorithm="SHA256", Metadata={"tag": tag, "pushed-by": " "})
    found = versions(s3).resolve(LOCATION, version, {})
    assert (found.tag, found.pushed_by) == (None, None)


def test_only_the_newest_version_is_current(s3: "S3Client") -> None:
    older, newer = pushed(s3, b"older"), pushed(s3)
    s3.put_object(Bucket="acme", Key=f"{KEY}.sig", Body=b"another object whose key begins like this one's")
    assert [versions(s3).is_current(LOCATION, each) for each in (older, newer)] == [False, True]


def test_no_version_of_a_deleted_object_is_current(s3: "S3Client") -> None:
    version = pushed(s3)
    s3.delete_object(Bucket="acme", Key=KEY)
    assert not versions(s3).is_current(LOCATION, version)


def test_another_object_whose_key_begins_like_it_does_not_count(s3: "S3Client") -> None:
    version = s3.put_object(Bucket="acme", Key=f"{KEY}.sig", Body=b"signature")["VersionId"]
    assert not versions(s3).is_current(LOCATION, version)
