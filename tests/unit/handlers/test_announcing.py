import pytest

from gantry.handlers.announcing import announce
from tests.unit.handlers.payloads import TARGET, Said


def test_an_event_is_put(announced: Said) -> None:
    assert announce("Promotion Started", {"service": "cowsay"}, [TARGET.alias_arn])
    (event,) = announced()
    assert (event["detail-type"], event["detail"]) == ("Promotion Started", {"service": "cowsay"})
    assert event["resources"] == [TARGET.alias_arn]


def test_an_event_that_is_refused_is_logged_and_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setenv("EVENT_BUS", "a-bus-that-is-not-there")
    assert not announce("Promotion Started", {"service": "cowsay"})
    (line,) = logged
    assert "not announced" in line
    assert "Promotion Started" in line
