"""The partitions of AWS, compared with what the SDK knows of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import botocore
import pytest

from gantry.promotion.aws_partition import AwsPartition, partition_of, region_in
from gantry.promotion.manifest.field_types import StringField
from gantry.promotion.manifest.name_fields import Region

DATA = Path(botocore.__file__).parent / "data" / "partitions.json"
KNOWN = json.loads(DATA.read_text())["partitions"]


def regions() -> Iterator[tuple[str, AwsPartition]]:
    """Every region of the SDK, but not its words for services that belong to no region: `aws-global`."""
    for each in KNOWN:
        own = AwsPartition(each["id"], each["outputs"]["dnsSuffix"])
        yield from ((region, own) for region in each["regions"] if not region.endswith("-global"))


@pytest.mark.parametrize(("region", "partition"), [*regions()])
def test_each_region_is_in_the_partition_that_the_sdk_knows(region: str, partition: AwsPartition) -> None:
    assert partition_of(region) == partition


@pytest.mark.parametrize(("region", "partition"), [*regions()])
def test_a_manifest_may_name_each_region(region: str, partition: AwsPartition) -> None:
    (field,) = (each for each in get_args(Region) if isinstance(each, StringField))
    assert re.search(str(field.pattern), region), f"{region} of {partition.name}"


def test_a_region_that_is_newer_than_the_sdk_is_in_the_partition_of_its_name() -> None:
    assert [partition_of(each).name for each in ("us-gov-north-1", "cn-south-1", "eu-north-2")] == [
        "aws-us-gov",
        "aws-cn",
        "aws",
    ]


@pytest.mark.parametrize(
    ("arn", "region"),
    [
        ("arn:aws:states:us-east-1:111111111111:execution:gantry-promotion:push-1", "us-east-1"),
        ("arn:aws-cn:lambda:cn-north-1:222222222222:layer:common:7", "cn-north-1"),
        ("arn:aws:iam::222222222222:role/cowsay", ""),
        ("no arn", ""),
    ],
)
def test_an_arn_says_its_region_if_it_has_one(arn: str, region: str) -> None:
    assert region_in(arn) == region
