"""A release that was brought again: a rollback takes that back where it arrived, and nothing further anywhere."""

from dataclasses import replace

from gantry.promotion.lease import Contender
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.renewal import ONCE, renewal_of
from tests.unit.promotion.test_rollback import deployment, key, live, revision

FIRST, SECOND, THIRD = (f"2026-11-22T0{hour}:00:00.000Z" for hour in (6, 7, 8))


def brought(number: int, release: int, at: str, *, alone: bool = False) -> LiveRevision:
    """A revision by the promotion that was started then; `alone` brings the configuration."""
    made = replace(revision(number, release), promotion_started_at=at)
    return replace(made, promotion_started_at=FIRST, configuration_started_at=at) if alone else made


OLD = brought(1, 1, FIRST)
NEW = brought(2, 2, SECOND)
AGAIN = brought(3, 2, THIRD, alone=True)
REACHED, MISSED = live("reached", AGAIN, NEW, OLD), live("missed", NEW, OLD)


def reached(*lives: Live, holders: tuple[Contender | None, ...] = ()) -> list[bool]:
    who = holders or (None,) * len(lives)
    renewal = renewal_of(key(2), list(zip(lives, who, strict=True)))
    return [renewal.has_reached(each, key(2)) for each in lives]


def test_a_target_that_the_configuration_has_not_reached_keeps_its_release() -> None:
    assert reached(REACHED, MISSED) == [True, False]


def test_a_release_that_was_brought_once_is_left_everywhere() -> None:
    assert renewal_of(key(2), [(MISSED, None)]) == ONCE
    assert reached(MISSED, live("other", OLD)) == [True, False]


def test_what_the_last_promotion_brought_for_the_first_time_is_left_too() -> None:
    """One promotion renews it on one target, and brings it to another that the promotion before had missed."""
    renewed = live("renewed", brought(3, 2, THIRD), NEW, OLD)
    first = live("first", brought(2, 2, THIRD), OLD)
    assert reached(renewed, first, MISSED) == [True, True, False]


def test_a_configuration_that_has_not_arrived_anywhere_is_only_stopped() -> None:
    holder = deployment(2)
    assert holder.release
    holder = replace(holder, release=replace(holder.release, configuration_of={"prod": "tag2"}))
    assert reached(MISSED, MISSED, holders=(holder, None)) == [False, False]
    assert reached(MISSED, REACHED, holders=(holder, None)) == [False, True]


def test_of_an_artifact_alone_nobody_knows_how_often() -> None:
    assert renewal_of((NEW.digest, None), [(REACHED, None)]) == ONCE
