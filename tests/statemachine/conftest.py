"""One stand-in and one set of machines for all of these tests."""

from collections.abc import Iterator

import pytest

from sandbox.stand_in.process import StandIn
from tests.statemachine import stories
from tests.statemachine.ran import Execution
from tests.statemachine.scripted import Machine, Stage


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """Retry intervals are a hundredth of what the definitions say; time-outs are as they say."""
    with StandIn(time_scale=0.01) as running:
        yield Stage(running)


@pytest.fixture(scope="session")
def deployment(stage: Stage) -> Machine:
    return Machine(stage, "deployment", stories.DEPLOYMENT, stories.DEPLOYED)


@pytest.fixture(scope="session")
def promotion(stage: Stage) -> Machine:
    return Machine(stage, "promotion", stories.PUSH, stories.PROMOTED)


@pytest.fixture(scope="session")
def rollback(stage: Stage) -> Machine:
    return Machine(stage, "rollback", stories.BY_HAND, stories.TAKEN_BACK)


@pytest.fixture(scope="session", autouse=True)
def rollouts(deployment: Machine) -> dict[int, Execution]:
    """Deployments by the number of their steps; they bake while other tests run."""
    return {steps: deployment.start({"plan": stories.plan(steps)}) for steps in (1, 3, 10)}
