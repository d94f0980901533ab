"""What a function does at its start, so that nobody waits for it later."""

from dataclasses import dataclass

import pytest

from gantry.handlers import entry
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class Asked:
    """A request."""

    number: int


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Services]:
    monkeypatch.setattr(entry, "_ADAPTERS", {})
    return []


def test_on_lambda_a_function_makes_its_services_and_its_parser_at_its_start(
    made: list[Services], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "gantry-OnAlarm")
    entry.at_start(made.append, Asked)
    assert made == [entry.services()]
    assert set(entry._ADAPTERS) == {Asked}


def test_elsewhere_a_handler_is_imported_without_its_environment(
    made: list[Services], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    entry.at_start(made.append, Asked)
    assert made == []
    assert entry._ADAPTERS == {}
    assert entry.parse(Asked, {"number": 1}) == Asked(1)
