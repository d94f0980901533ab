"""Sessions that several threads register at once."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ministack.services import sts

from sandbox.stand_in.repairs.iam import sessions
from sandbox.stand_in.settings import Settings


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Registers a session, beside many that are there."""
    monkeypatch.setattr(sts, "_sessions", {str(number): {} for number in range(500)})
    monkeypatch.setattr(sts, "register_session", sts.register_session)  # so that it is put back afterwards
    sessions.apply(Settings(0, Path(), 1.0, 1))
    return lambda number: sts.register_session(f"new {number}", {})


@pytest.mark.usefixtures("impatient")
def test_threads_register_sessions_at_once(register: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(register, range(400)))

    assert len(sts._sessions) == 900
