"""Every kind of target, each new for each test. A new kind adds its harness here."""

import time
from collections.abc import Callable

import pytest

from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import make_ready
from tests.unit.targets.contract.harness import Harness
from tests.unit.targets.contract.lambda_harness import LambdaHarness
from tests.unit.targets.contract.memory_harness import MemoryHarness
from tests.unit.targets.contract.zip_harness import ZipHarness

HARNESSES: dict[str, Callable[[], Harness]] = {
    "lambda": LambdaHarness,
    "lambda from a zip": ZipHarness,
    "memory": MemoryHarness,
}


@pytest.fixture(params=HARNESSES)
def harness(request: pytest.FixtureRequest) -> Harness:
    return HARNESSES[request.param]()


@pytest.fixture(autouse=True)
def nothing_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(seconds: float) -> None:
        pytest.fail(f"something sleeps for {seconds} s; it should raise TargetPendingError")

    monkeypatch.setattr(time, "sleep", refuse)


@pytest.fixture
def stable(harness: Harness) -> str:
    return harness.stable().revision


@pytest.fixture
def canary(harness: Harness, stable: str) -> str:
    """A revision that is ready and has no traffic."""
    del stable
    return make_ready(harness.kind, harness.deployment(), harness.kind.inspect(harness.deployment(), MASKING).stable)
