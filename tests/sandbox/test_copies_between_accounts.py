"""S3 copies from another account's bucket for those whom their own policies and the bucket's policy let read it.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
"""

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_role, allow, new_name

READ, WRITE, LIST = "s3:GetObjectVersion", "s3:PutObject", "s3:ListBucket"
TAGS = ["s3:GetObjectVersionTagging", "s3:PutObjectTagging"]


def a_bucket(aws: StandIn, account: str) -> str:
    name, s3 = new_name("copies"), aws.client("s3", account)
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def destination(aws: StandIn) -> str:
    return a_bucket(aws, DEV)


@pytest.fixture
def source(aws: StandIn) -> Json:
    """An older version in another account, which lets all who may there read it."""
    s3, bucket = aws.client("s3", ASSETS), a_bucket(aws, ASSETS)
    statement = {"Effect": "Allow", "Principal": {"AWS": DEV}, "Action": [READ, *TAGS, LIST]}
    statement["Resource"] = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    older = s3.put_object(Bucket=bucket, Key="a b.txt", Body=b"older", Metadata={"tag": "v1"}, ContentType="text/html")
    s3.put_object(Bucket=bucket, Key="a b.txt", Body=b"newer")
    return {"Bucket": bucket, "Key": "a b.txt", "VersionId": older["VersionId"]}


def acting_in_dev(aws: StandIn, *actions: str) -> Any:
    """A client of a role there."""
    role = a_role(aws, allow(list(actions)), trusts={"AWS": DEV}, account=DEV)
    keys = aws.client("sts", DEV).assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    return aws.session_client("s3", REGION, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def test_the_named_version_is_copied_with_its_metadata(aws: StandIn, source: Json, destination: str) -> None:
    client = acting_in_dev(aws, READ, WRITE)
    made = client.copy_object(Bucket=destination, Key="live", CopySource=source, ChecksumAlgorithm="SHA256")
    assert made["CopySourceVersionId"] == source["VersionId"]
    assert made["CopyObjectResult"]["ChecksumSHA256"] == b64encode(sha256(b"older").digest()).decode()

    found = aws.client("s3", DEV).get_object(Bucket=destination, Key="live", VersionId=made["VersionId"])
    assert (found["Body"].read(), found["Metadata"], found["ContentType"]) == (b"older", {"tag": "v1"}, "text/html")


@pytest.mark.parametrize("allowed", [(READ,), (WRITE,), (WRITE, "s3:GetObject")])
def test_the_caller_needs_the_right_to_read_the_version_and_to_write(
    aws: StandIn, source: Json, destination: str, allowed: tuple[str, ...]
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        acting_in_dev(aws, *allowed).copy_object(Bucket=destination, Key="live", CopySource=source)


def test_the_sources_bucket_has_to_let_the_caller_in_too(aws: StandIn, source: Json, destination: str) -> None:
    aws.client("s3", ASSETS).delete_bucket_policy(Bucket=source["Bucket"])
    with pytest.raises(ClientError, match="AccessDenied"):
        acting_in_dev(aws, READ, WRITE).copy_object(Bucket=destination, Key="live", CopySource=source)


def test_a_version_that_does_not_exist_is_not_copied(aws: StandIn, source: Json, destination: str) -> None:
    client, missing = acting_in_dev(aws, READ, WRITE, LIST), source | {"VersionId": "a-version-that-nobody-wrote"}
    with pytest.raises(ClientError, match="NoSuchVersion"):
        client.copy_object(Bucket=destination, Key="live", CopySource=missing)


def test_a_copy_from_another_account_keeps_the_condition_on_its_destination(
    aws: StandIn, source: Json, destination: str
) -> None:
    client = acting_in_dev(aws, READ, WRITE)
    client.copy_object(Bucket=destination, Key="live", CopySource=source, IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.copy_object(Bucket=destination, Key="live", CopySource=source, IfNoneMatch="*")


@pytest.fixture
def tagged(aws: StandIn, source: Json) -> Json:
    """The same version, with a tag."""
    aws.client("s3", ASSETS).put_object_tagging(**source, Tagging={"TagSet": [{"Key": "team", "Value": "glue"}]})
    return source


def tags_of_copy(aws: StandIn, destination: str) -> list[Json]:
    found: list[Json] = aws.client("s3", DEV).get_object_tagging(Bucket=destination, Key="live")["TagSet"]
    return found


@pytest.mark.parametrize("allowed", TAGS)
def test_tags_are_not_copied_for_who_may_only_read_or_only_put_them(
    aws: StandIn, tagged: Json, destination: str, allowed: str
) -> None:
    """https://repost.aws/knowledge-center/s3-troubleshoot-copy-between-buckets"""
    (missing,) = {*TAGS} - {allowed}
    with pytest.raises(ClientError, match=f"not authorized to perform: {missing}"):
        acting_in_dev(aws, READ, WRITE, allowed).copy_object(Bucket=destination, Key="live", CopySource=tagged)


def test_tags_are_copied_for_who_may(aws: StandIn, tagged: Json, destination: str) -> None:
    acting_in_dev(aws, READ, WRITE, *TAGS).copy_object(Bucket=destination, Key="live", CopySource=tagged)
    assert tags_of_copy(aws, destination) == [{"Key": "team", "Value": "glue"}]


def test_who_replaces_tags_needs_no_right_to_copy_them(aws: StandIn, tagged: Json, destination: str) -> None:
    client = acting_in_dev(aws, READ, WRITE)
    client.copy_object(Bucket=destination, Key="live", CopySource=tagged, TaggingDirective="REPLACE")
    assert tags_of_copy(aws, destination) == []
