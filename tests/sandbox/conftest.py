"""One stand-in for all contract tests.

`SANDBOX_WITHOUT=engine.jsonata pytest tests/sandbox` leaves a repair out, to see which tests miss it.
"""

import os
from collections.abc import Iterator

import pytest

from sandbox.stand_in import StandIn


@pytest.fixture(scope="session")
def aws() -> Iterator[StandIn]:
    without = tuple(name for name in os.environ.get("SANDBOX_WITHOUT", "").split(",") if name)
    with StandIn(time_scale=0.02, without=without) as running:
        yield running
