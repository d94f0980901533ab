"""S3 copies onto a key only if that is as the caller says, and knows the SHA-256 of all bytes of a copy.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
"""

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, new_name


@pytest.fixture
def s3(aws: StandIn) -> Any:
    return aws.client("s3", ASSETS)


@pytest.fixture
def bucket(s3: Any) -> str:
    """A bucket that keeps versions, with an object to copy."""
    name = new_name("copies")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key="source", Body=b"new")
    return name


def copy(s3: Any, bucket: str, **condition: str) -> Json:
    source = {"Bucket": bucket, "Key": "source"}
    made: Json = s3.copy_object(Bucket=bucket, Key="live", CopySource=source, ChecksumAlgorithm="SHA256", **condition)
    return made


def live(s3: Any, bucket: str) -> bytes:
    body: bytes = s3.get_object(Bucket=bucket, Key="live")["Body"].read()
    return body


def test_a_copy_replaces_only_the_object_that_its_caller_has_seen(s3: Any, bucket: str) -> None:
    seen = s3.put_object(Bucket=bucket, Key="live", Body=b"old")["ETag"]
    other = s3.put_object(Bucket=bucket, Key="live", Body=b"by others")["ETag"]

    with pytest.raises(ClientError, match="PreconditionFailed"):
        copy(s3, bucket, IfMatch=seen)
    assert live(s3, bucket) == b"by others"

    copy(s3, bucket, IfMatch=other)
    assert live(s3, bucket) == b"new"


def test_a_copy_may_be_only_for_a_key_without_an_object(s3: Any, bucket: str) -> None:
    copy(s3, bucket, IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        copy(s3, bucket, IfNoneMatch="*")
    s3.delete_object(Bucket=bucket, Key="live")
    assert copy(s3, bucket, IfNoneMatch="*")["VersionId"]


def test_an_object_that_is_gone_is_not_replaced(s3: Any, bucket: str) -> None:
    seen = s3.put_object(Bucket=bucket, Key="live", Body=b"old")["ETag"]
    s3.delete_object(Bucket=bucket, Key="live")
    with pytest.raises(ClientError, match="NoSuchKey"):
        copy(s3, bucket, IfMatch=seen)


def test_a_copy_has_the_checksum_of_all_its_bytes(s3: Any, bucket: str) -> None:
    expected = b64encode(sha256(b"new").digest()).decode()
    assert copy(s3, bucket)["CopyObjectResult"]["ChecksumSHA256"] == expected
    assert s3.head_object(Bucket=bucket, Key="live", ChecksumMode="ENABLED")["ChecksumSHA256"] == expected
