"""A registry that is not there."""

from tests.unit.stubbed_aws import no_real_aws, stubbed

__all__ = ["no_real_aws", "stubbed"]
