"""The ledger's table in moto, one target, and a deployment that holds the target's lease."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from gantry.aws.leases import Leases
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from tests.unit.ledger_table import create_ledger
from tests.unit.stubbed_aws import REGION, answers, no_real_aws, stubbed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table
    from mypy_boto3_s3.client import S3Client

__all__ = ["answers", "no_real_aws", "stubbed"]

ROLE = "arn:aws:iam::222222222222:role/cowsay"


@pytest.fixture
def target() -> Target:
    arn = "arn:aws:lambda:us-east-1:222222222222:function:cowsay:live"
    return Target("lambda", "222222222222", REGION, "cowsay/live", arn, {"role": ROLE})


@pytest.fixture
def release() -> Release:
    artifact = Artifact(ArtifactKind.CONTAINER_IMAGE, "sha256:" + "a" * 64, "cowsay")
    return Release("cowsay", artifact, "revision-1", "4f0c2d1")


@pytest.fixture
def deployment(release: Release) -> Contender:
    """A deployment that wants to change the target, or may."""
    arn = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-8"
    return Contender(
        arn, "cowsay", "prod", "2026-11-22T12:00:00.000Z", "2026-11-22T11:30:00.000Z", release, "token-of-release-8"
    )


@pytest.fixture(scope="session")
def dynamodb() -> "DynamoDBServiceResource":
    """Made once, because making one takes longer than most of the tests that use it."""
    return boto3.resource("dynamodb", REGION, aws_access_key_id="testing", aws_secret_access_key="testing")


@pytest.fixture
def table(dynamodb: "DynamoDBServiceResource") -> Iterator["Table"]:
    with mock_aws():
        yield create_ledger(dynamodb)


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    """With the versioned bucket `manifests`."""
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="manifests")
        client.put_bucket_versioning(Bucket="manifests", VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture
def leases(table: "Table") -> Leases:
    return Leases(table)


@pytest.fixture
def held(leases: Leases, target: Target, deployment: Contender) -> Lease:
    """The target's lease, which the deployment holds."""
    return leases.change(target, lambda now: now.joined(deployment).notified(deployment))
