"""S3 says that an object is missing only to who may list its bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
"""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_role, allow, new_name

READING = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")
LISTING = "s3:ListBucket"


@pytest.fixture
def bucket(aws: StandIn) -> str:
    """One that keeps versions, with one object."""
    s3, name = aws.client("s3", ASSETS), new_name("missing")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key="there", Body=b"moo")
    return name


def share(aws: StandIn, bucket: str, *actions: str) -> None:
    """Let another account do this, as far as its own policies let its roles."""
    statement: Json = {"Effect": "Allow", "Principal": {"AWS": DEV}, "Action": list(actions)}
    statement["Resource"] = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("s3", ASSETS).put_bucket_policy(Bucket=bucket, Policy=policy)


def acting_in(aws: StandIn, account: str, *actions: str) -> Any:
    role = a_role(aws, allow(list(actions)), trusts={"AWS": account}, account=account)
    keys = aws.client("sts", account).assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    return aws.session_client("s3", REGION, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def refusals(client: Any, bucket: str) -> list[str]:
    """The codes for a missing key, a missing version, and a copy of one."""
    version = {"Bucket": bucket, "Key": "there", "VersionId": "a-version-that-nobody-wrote"}
    found = []
    for call, given in (
        (client.get_object, {"Bucket": bucket, "Key": "other"}),
        (client.head_object, {"Bucket": bucket, "Key": "other"}),
        (client.get_object, version),
        (client.head_object, version),
        (client.copy_object, {"Bucket": bucket, "Key": "copy", "CopySource": version}),
    ):
        with pytest.raises(ClientError) as raised:
            call(**given)
        found.append(raised.value.response["Error"]["Code"])
    return found


SAID = ["NoSuchKey", "404", "NoSuchVersion", "404", "NoSuchVersion"]
NOT_SAID = ["AccessDenied", "403", "AccessDenied", "403", "AccessDenied"]


@pytest.mark.parametrize(("allowed", "told"), [(READING, NOT_SAID), ((*READING, LISTING), SAID)])
def test_what_is_missing_is_said_to_who_may_list(
    aws: StandIn, bucket: str, allowed: Sequence[str], told: list[str]
) -> None:
    client = acting_in(aws, ASSETS, *allowed)
    assert client.get_object(Bucket=bucket, Key="there")["Body"].read() == b"moo"
    assert refusals(client, bucket) == told


@pytest.mark.parametrize(
    ("own", "shared"), [((), ()), ((LISTING,), ()), ((), (LISTING,)), ((LISTING,), (LISTING,))], ids=str
)
def test_in_another_accounts_bucket_both_sides_have_to_allow_it(
    aws: StandIn, bucket: str, own: Sequence[str], shared: Sequence[str]
) -> None:
    share(aws, bucket, *READING, *shared)
    client = acting_in(aws, DEV, *READING, *own)
    assert client.get_object(Bucket=bucket, Key="there")["Body"].read() == b"moo"
    assert refusals(client, bucket) == (SAID if own and shared else NOT_SAID)


def test_who_may_not_read_is_told_nothing_either_way(aws: StandIn, bucket: str) -> None:
    client = acting_in(aws, ASSETS, LISTING)
    for key in ("there", "other"):
        with pytest.raises(ClientError, match="AccessDenied"):
            client.get_object(Bucket=bucket, Key=key)
