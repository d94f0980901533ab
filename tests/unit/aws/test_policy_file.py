"""The administrators' file in the manifest bucket."""

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from gantry.aws.policy_file import KEY, PolicyFile
from gantry.promotion.errors import PolicyError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

BUCKET = "manifests"


@pytest.fixture
def policy_file(s3: "S3Client") -> PolicyFile:
    return PolicyFile(s3, BUCKET)


def test_the_latest_file_comes_with_its_version(policy_file: PolicyFile, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"floors: []")
    latest = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"bindings: []")
    assert policy_file.latest() == ("bindings: []", latest["VersionId"])


def test_without_a_file_there_is_none(policy_file: PolicyFile) -> None:
    assert policy_file.latest() is None


@pytest.mark.parametrize(("content", "problem"), [(b"\xff\xfe", "not UTF-8"), (b"#" * 131_073, "longer than 128 KiB")])
def test_a_file_that_cannot_be_read_is_wrong(
    policy_file: PolicyFile, s3: "S3Client", content: bytes, problem: str
) -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=content)
    with pytest.raises(PolicyError, match=problem):
        policy_file.latest()


def test_a_file_that_may_not_be_read_is_not_a_missing_one(policy_file: PolicyFile, s3: "S3Client") -> None:
    s3.delete_bucket(Bucket=BUCKET)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        policy_file.latest()


def test_services_share_a_name_when_its_last_part_is_the_same(policy_file: PolicyFile, s3: "S3Client") -> None:
    for key in ("services/cowsay.yaml", "services/b/cowsay.yaml", "services/a/b/cowsay.yaml", "services/xcowsay.yaml"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    s3.put_object(Bucket=BUCKET, Key="policy/cowsay.yaml", Body=b"")

    assert policy_file.namesakes("cowsay") == ("a/b/cowsay", "b/cowsay")
    assert policy_file.namesakes("b/cowsay") == ("a/b/cowsay", "cowsay")
    assert policy_file.namesakes("xcowsay") == ()


def test_an_objects_extension_is_no_part_of_the_name_that_services_share(
    policy_file: PolicyFile, s3: "S3Client"
) -> None:
    for service in ("cowsay", "s3/acme/cowsay.zip", "s3/acme/cowsay.tar.gz", "team/cowsay.zip"):
        s3.put_object(Bucket=BUCKET, Key=f"services/{service}.yaml", Body=b"")
    assert policy_file.namesakes("cowsay") == ("s3/acme/cowsay.zip",)
    assert policy_file.namesakes("s3/acme/cowsay.zip") == ("cowsay",)


def test_all_services_are_looked_at_however_many_there_are(policy_file: PolicyFile, s3: "S3Client") -> None:
    for number in range(1_001):
        s3.put_object(Bucket=BUCKET, Key=f"services/a{number:04}.yaml", Body=b"")
    s3.put_object(Bucket=BUCKET, Key="services/z/cowsay.yaml", Body=b"")
    assert policy_file.namesakes("cowsay") == ("z/cowsay",)
