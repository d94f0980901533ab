"""A release that waits: how often it looks, and which of two is ahead."""

from dataclasses import replace

import pytest

from gantry.promotion.needs.finding import Seen, judged
from gantry.promotion.needs.need import Need
from gantry.promotion.needs.needs_events import infrastructure_awaited, infrastructure_message
from gantry.promotion.needs.waiting import WaitingRelease, most_looks, waiting
from tests.unit.promotion.deployments import RELEASE

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-promotion:one"
AT, UNTIL = "2026-11-22T09:30:00.000Z", "2026-11-23T09:30:00.000Z"
UNMET = [
    judged(Need(parameter="/infra/revision", at_least=12, owner="platform@example.com"), place, Seen("11"))
    for place in ("444444444444/us-east-1", "444444444444/eu-west-1")
]


def release(**changed: object) -> WaitingRelease:
    made = waiting(RELEASE, "prod", EXECUTION, AT, AT, UNTIL, UNMET)
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(("seconds", "looks"), [(1, 2), (15, 2), (45, 3), (465, 6), (466, 7), (765, 7), (766, 8)])
def test_looks_come_after_fifteen_seconds_and_later_after_five_minutes(seconds: int, looks: int) -> None:
    assert most_looks(seconds) == looks


def test_the_promotion_that_was_started_later_is_ahead() -> None:
    later = release(started_at="2026-11-22T09:31:00.000Z", execution="arn:another")
    assert release().is_older_than(later)
    assert not later.is_older_than(release())
    assert not release().is_older_than(release())
    assert not release().is_older_than(replace(later, configuration_only=True)), "an artifact does not give way"


def test_people_read_everything_in_one_message() -> None:
    message = infrastructure_message(RELEASE, release())
    assert message.subject == "cowsay: waits in prod"
    assert "- parameter /infra/revision at least 12 in 444444444444/us-east-1 (found 11)\n" in message.text
    assert (
        "Ask platform@example.com. It goes on by itself once all of it is there, and gives up at 2026-11-23 09:30 UTC."
        in message.text
    )


def test_forty_regions_with_the_longest_names_fit_into_the_item_and_the_event() -> None:
    need = Need(stack="s" * 128, output="o" * 255, equals="v" * 1024, owner="w" * 100)
    many = [judged(need, f"44444444444{each}/us-east-1", Seen("x" * 9_000)) for each in range(400)]
    waits = waiting(RELEASE, "prod", EXECUTION, AT, AT, UNTIL, many)
    assert len(waits.sentence) < 6_000
    assert waits.unmet[10:] == ("and 390 more",)
    assert len(str(infrastructure_awaited(RELEASE, waits, many).detail)) < 200_000
