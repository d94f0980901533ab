from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from gantry.aws.manifests import Manifests
from gantry.promotion.errors import ManifestError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

BUCKET, KEY = "manifests", "services/team/cowsay.yaml"


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture
def manifests(s3: "S3Client") -> Manifests:
    return Manifests(s3, BUCKET)


def test_the_latest_manifest_comes_with_its_version(manifests: Manifests, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: old")
    latest = s3.put_object(Bucket=BUCKET, Key=KEY, Body="repository: team/cowsay # für dich".encode())

    assert manifests.latest("team/cowsay") == ("repository: team/cowsay # für dich", latest["VersionId"])


def test_an_older_revision_is_read_as_it_was(manifests: Manifests, s3: "S3Client") -> None:
    old = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: old")
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: team/cowsay")

    assert manifests.at("team/cowsay", old["VersionId"]) == "repository: old"


def test_a_revision_that_was_deleted_is_an_error_that_says_what_to_do(manifests: Manifests, s3: "S3Client") -> None:
    old = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: old")["VersionId"]
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"repository: team/cowsay")
    s3.delete_object(Bucket=BUCKET, Key=KEY, VersionId=old)

    with pytest.raises(ManifestError, match=rf"version {old} of s3://manifests/{KEY} was deleted\. Upload"):
        manifests.at("team/cowsay", old)


def test_a_revision_that_may_not_be_read_is_no_deleted_one(
    manifests: Manifests, s3: "S3Client", stubbed: Callable[[Any], Stubber]
) -> None:
    stubbed(s3).add_client_error("get_object", "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        manifests.at("team/cowsay", "revision-1")


def test_a_service_without_a_manifest_has_none(manifests: Manifests) -> None:
    assert manifests.latest("team/cowsay") is None


def test_a_manifest_as_long_as_allowed_is_read(manifests: Manifests, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"#" * 128 * 1024)

    found = manifests.latest("team/cowsay")

    assert found is not None
    assert len(found[0]) == 128 * 1024


def test_a_longer_one_is_refused(manifests: Manifests, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"#" * (128 * 1024 + 1))

    with pytest.raises(ManifestError, match=r"s3://manifests/services/team/cowsay\.yaml is longer than 128 KiB"):
        manifests.latest("team/cowsay")


def test_what_is_no_text_is_refused(manifests: Manifests, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"\xff\xfe")

    with pytest.raises(ManifestError, match="not UTF-8"):
        manifests.latest("team/cowsay")


def test_a_bucket_that_keeps_no_versions_is_refused(s3: "S3Client") -> None:
    s3.create_bucket(Bucket="careless")
    s3.put_object(Bucket="careless", Key=KEY, Body=b"repository: team/cowsay")

    with pytest.raises(ManifestError, match="turn on the bucket's versioning"):
        Manifests(s3, "careless").latest("team/cowsay")


def test_another_error_of_s3_escapes(s3: "S3Client") -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        Manifests(s3, "nowhere").latest("team/cowsay")
