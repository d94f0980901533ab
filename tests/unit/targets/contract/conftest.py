"""Every kind of target, each new for each test. A new kind adds its harness here."""

import time
from collections.abc import Callable
from dataclasses import fields

import pytest

from gantry.targets.capabilities import Capabilities
from tests.unit.masked import MASKING
from tests.unit.targets.contract.apigateway_harness import ApiGatewayHarness
from tests.unit.targets.contract.driving import make_ready
from tests.unit.targets.contract.ecs_harness import EcsHarness
from tests.unit.targets.contract.harness import Harness
from tests.unit.targets.contract.lambda_harness import LambdaHarness
from tests.unit.targets.contract.memory_harness import MemoryHarness
from tests.unit.targets.contract.s3_harness import PointerHarness, SingleObjectHarness
from tests.unit.targets.contract.zip_harness import ZipHarness

HARNESSES: dict[str, Callable[[], Harness]] = {
    "lambda": LambdaHarness,
    "lambda from a zip": ZipHarness,
    "memory": MemoryHarness,
    "s3": SingleObjectHarness,
    "s3 with a pointer": PointerHarness,
    "apigateway": ApiGatewayHarness,
    "ecs": EcsHarness,
}
CAPABILITIES = frozenset(field.name for field in fields(Capabilities))


@pytest.fixture(params=HARNESSES)
def harness(request: pytest.FixtureRequest) -> Harness:
    """Skips what a kind cannot do, or what cannot happen to it: a test names that as `pytest.mark.needs(…)`."""
    made = HARNESSES[request.param]()
    for name in (name for mark in request.node.iter_markers("needs") for name in mark.args):
        is_there = getattr(made.kind.capabilities, name) if name in CAPABILITIES else name not in made.lacks
        if not is_there:
            pytest.skip(f"{request.param} has no {name}")
    return made


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
