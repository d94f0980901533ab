"""A registry that is not there, and a bucket in moto."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from tests.unit.artifacts.a_registry import Downloads, Registry, serving
from tests.unit.stubbed_aws import no_real_aws, stubbed

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

__all__ = ["no_real_aws", "stubbed"]


@pytest.fixture
def downloads() -> Iterator[Downloads]:
    with serving() as there:
        yield there


@pytest.fixture
def registry(stubbed: Callable[[Any], Stubber], downloads: Downloads) -> Registry:
    ecr = boto3.client("ecr", endpoint_url="http://127.0.0.1:1")
    return Registry(ecr, stubbed(ecr), downloads)


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    """S3 with the bucket `acme`, which keeps versions."""
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="acme")
        client.put_bucket_versioning(Bucket="acme", VersioningConfiguration={"Status": "Enabled"})
        yield client
