"""A registry that is not there."""

from tests.unit.stubbed_aws import answers, no_real_aws, stubbed

__all__ = ["answers", "no_real_aws", "stubbed"]
