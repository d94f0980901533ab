"""Objects in the artifact buckets, against moto."""

from dataclasses import replace
from hashlib import sha256
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from botocore.exceptions import ClientError

from gantry.artifacts.artifact_objects import ArtifactObjects, copy_key
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

DIGEST = f"sha256:{sha256(b'openapi').hexdigest()}"


@pytest.fixture
def artifact(s3: "S3Client") -> Artifact:
    version = s3.put_object(Bucket="acme", Key="cowsay/openapi.json", Body=b"openapi")["VersionId"]
    s3.put_object(Bucket="acme", Key="cowsay/openapi.json", Body=b"a newer one")
    return Artifact(ArtifactKind.S3_OBJECT, DIGEST, "acme/cowsay/openapi.json", version)


def test_an_object_has_a_bucket_and_a_key_and_its_copies_a_key_by_its_bytes(artifact: Artifact) -> None:
    assert (artifact.bucket, artifact.key) == ("acme", "cowsay/openapi.json")
    assert copy_key(artifact) == f".gantry/{DIGEST[7:]}/cowsay/openapi.json"


def test_the_bytes_of_a_version_are_read_whatever_is_newer(s3: "S3Client", artifact: Artifact) -> None:
    assert ArtifactObjects(s3).content(artifact, 100) == b"openapi"


def test_a_version_that_is_gone_or_holds_other_bytes_is_not_found(s3: "S3Client", artifact: Artifact) -> None:
    objects = ArtifactObjects(s3)
    with pytest.raises(ArtifactNotFoundError, match=r"has the digest sha256:.*, not sha256:0"):
        objects.content(replace(artifact, digest=f"sha256:{'0' * 64}"), 100)
    s3.delete_object(Bucket="acme", Key=artifact.key, VersionId=artifact.version or "")
    with pytest.raises(ArtifactNotFoundError, match=r"version .* of s3://acme/cowsay/openapi\.json does not exist"):
        objects.content(artifact, 100)


def test_an_object_that_is_too_large_is_refused_with_the_limit(s3: "S3Client", artifact: Artifact) -> None:
    with pytest.raises(ArtifactTypeError, match=r"has 7 bytes; 6 are the most"):
        ArtifactObjects(s3).content(artifact, 6)


def test_the_size_is_that_of_the_version_and_one_that_is_gone_is_not_found(s3: "S3Client", artifact: Artifact) -> None:
    assert ArtifactObjects(s3).size(artifact) == len(b"openapi")
    s3.delete_object(Bucket="acme", Key=artifact.key, VersionId=artifact.version or "")
    with pytest.raises(ArtifactNotFoundError, match=r"version .* of s3://acme/cowsay/openapi\.json does not exist"):
        ArtifactObjects(s3).size(artifact)


@pytest.mark.parametrize("code", ["AccessDenied", "403"])
def test_what_may_not_be_read_or_does_not_exist_is_not_found_and_both_are_said(artifact: Artifact, code: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: without ListBucket, S3 does not say which."""

    def refuse(**given: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "Access Denied"}}, str(given))

    objects = ArtifactObjects(cast("S3Client", SimpleNamespace(get_object=refuse, head_object=refuse)))
    for read in (lambda: objects.content(artifact, 100), lambda: objects.size(artifact)):
        with pytest.raises(ArtifactNotFoundError, match="does not exist, or the pipeline may not read it"):
            read()


@pytest.mark.parametrize("code", ["InvalidArgument", "400"])
def test_what_is_no_version_id_is_not_found(artifact: Artifact, code: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html: without a body, 400 is all that is known."""

    def refuse(**given: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "Bad Request"}}, str(given))

    objects = ArtifactObjects(cast("S3Client", SimpleNamespace(get_object=refuse, head_object=refuse)))
    for read in (lambda: objects.content(artifact, 100), lambda: objects.size(artifact)):
        with pytest.raises(ArtifactNotFoundError, match="does not exist, or no longer"):
            read()
