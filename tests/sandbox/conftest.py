"""One stand-in for all contract tests.

`SANDBOX_WITHOUT=engine.jsonata pytest tests/sandbox` leaves a repair out, to see which tests miss it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.issuer import Issuer
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import LEFT_OUT, a_function, new_name
from tests.sandbox.plain_api import CALLED, Api, an_api


@pytest.fixture(scope="session")
def aws() -> Iterator[StandIn]:
    with StandIn(time_scale=0.02, without=LEFT_OUT) as running:
        yield running


@pytest.fixture(scope="module")
def ecr(aws: StandIn) -> Any:
    return aws.client("ecr", ASSETS)


@pytest.fixture(scope="module")
def registry(ecr: Any) -> Registry:
    return Registry(ecr)


@pytest.fixture
def repository(ecr: Any) -> str:
    name = new_name("repository")
    ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    return name


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Has one character for each call of the function."""
    path = tmp_path_factory.mktemp("calls") / "calls"
    path.touch()
    return path


@pytest.fixture(scope="module")
def api(aws: StandIn, issuer: Issuer, calls: Path) -> Api:
    return an_api(aws, a_function(aws, CALLED, environment={"CALLS": str(calls)}), issuer.url)


@pytest.fixture
def uncalled(calls: Path) -> Iterator[None]:
    """The test fails if the function was called."""
    before = calls.read_text()
    yield
    assert calls.read_text() == before
