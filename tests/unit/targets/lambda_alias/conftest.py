"""One target, and clients that only know given responses."""

import pytest

from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from tests.unit.stubbed_aws import REGION, answers, no_real_aws, stubbed

__all__ = ["answers", "no_real_aws", "stubbed"]


@pytest.fixture
def target() -> LambdaTarget:
    return LambdaTarget("222222222222", REGION, "cowsay", "live", "arn:aws:iam::222222222222:role/cowsay")
