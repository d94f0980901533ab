"""An AWS that is not there."""

from tests.unit.stubbed_aws import no_real_aws

__all__ = ["no_real_aws"]
