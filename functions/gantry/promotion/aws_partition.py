"""The partitions of AWS: closed parts of it, with ARNs and a domain of their own. A region belongs to one of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AwsPartition:
    """One partition."""

    name: str
    """The second part of every ARN in it: `aws`, `aws-cn`."""
    domain: str
    """The end of the addresses of its registries."""


_REGION = 3
"""Where in an ARN the region stands."""
_COMMERCIAL = AwsPartition("aws", "amazonaws.com")
# What the SDK knows: https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
# Reading it there takes longer than most of the functions run, so a test compares the two.
_OTHERS = {
    "cn-": AwsPartition("aws-cn", "amazonaws.com.cn"),
    "us-gov-": AwsPartition("aws-us-gov", "amazonaws.com"),
    "us-iso-": AwsPartition("aws-iso", "c2s.ic.gov"),
    "us-isob-": AwsPartition("aws-iso-b", "sc2s.sgov.gov"),
    "eu-isoe-": AwsPartition("aws-iso-e", "cloud.adc-e.uk"),
    "us-isof-": AwsPartition("aws-iso-f", "csp.hci.ic.gov"),
    "eusc-": AwsPartition("aws-eusc", "amazonaws.eu"),
}


def partition_of(region: str) -> AwsPartition:
    """Return the partition of a region; the commercial one when the region's name begins like no other's."""
    return next((each for begin, each in _OTHERS.items() if region.startswith(begin)), _COMMERCIAL)


def region_in(arn: str) -> str:
    """Return the region in an ARN; empty where it has none, or is none.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    parts = arn.split(":")
    return parts[_REGION] if len(parts) > _REGION else ""
