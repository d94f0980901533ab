"""A target of each of the two forms."""

import pytest

from tests.unit.targets.contract.s3_harness import PointerHarness, SingleObjectHarness


@pytest.fixture
def single() -> SingleObjectHarness:
    return SingleObjectHarness()


@pytest.fixture
def many() -> PointerHarness:
    return PointerHarness()
