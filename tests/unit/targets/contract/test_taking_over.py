"""What becomes of the writes of an execution that no longer holds the target, whatever the kind."""

from contextlib import suppress
from functools import partial

import pytest

from gantry.promotion.errors import TargetChangedError, TargetFailedError
from gantry.promotion.traffic import Routing
from gantry.targets.kind import Change
from gantry.use_cases.traffic_changes import seize_traffic
from tests.unit.targets.contract.driving import read, route, send, settle, share
from tests.unit.targets.contract.harness import Harness


@pytest.mark.parametrize(
    "taken_at",
    [0, pytest.param(1, marks=pytest.mark.needs("splits_traffic"))],
    ids=["before the first step", "after the first step"],
)
def test_the_late_write_of_a_holder_that_was_fenced_off_has_no_effect(
    harness: Harness, stable: str, canary: str, taken_at: int
) -> None:
    for step in range(taken_at):
        send(harness, share(harness, stable, canary, step))
    _, token = read(harness.kind, harness.target)

    seize_traffic(harness.kind, harness.target, lambda _: Routing(stable))
    with pytest.raises(TargetChangedError):
        route(harness, share(harness, stable, canary, taken_at), token)

    settle(harness.kind, harness.target, Change(routing=Routing(stable)))
    assert read(harness.kind, harness.target)[0] == Routing(stable)


def test_a_write_that_was_under_way_while_the_target_was_taken_over_is_overwritten(
    harness: Harness, stable: str, canary: str
) -> None:
    harness.before_routing(lambda: harness.route(share(harness, stable, canary)))

    seize_traffic(harness.kind, harness.target, lambda _: Routing(stable))

    assert read(harness.kind, harness.target)[0] == Routing(stable)


@pytest.mark.needs("late writes undone")
@pytest.mark.parametrize(
    ("taken_at", "is_last"),
    [
        pytest.param(0, False, marks=pytest.mark.needs("splits_traffic")),
        pytest.param(1, False, marks=pytest.mark.needs("splits_traffic")),
        pytest.param(2, True, marks=pytest.mark.needs("splits_traffic")),
        (0, True),
    ],
    ids=["the first step", "a later step", "the last step", "all at once"],
)
def test_a_late_write_after_the_new_holders_last_look_leaves_what_the_new_holder_has_made(
    harness: Harness, stable: str, canary: str, taken_at: int, is_last: bool
) -> None:
    def take_over() -> None:
        seize_traffic(harness.kind, harness.target, lambda _: Routing(stable))
        assert harness.kind.is_settled(harness.target, Change(routing=Routing(stable)))

    for step in range(taken_at):
        send(harness, share(harness, stable, canary, step))
    _, token = read(harness.kind, harness.target)
    harness.before_routing(take_over)
    wanted = Routing(canary) if is_last else share(harness, stable, canary, taken_at)
    with pytest.raises((TargetChangedError, TargetFailedError)):
        route(harness, wanted, token)

    assert read(harness.kind, harness.target)[0] == Routing(stable)


@pytest.mark.needs("late writes undone")
def test_a_late_way_back_leaves_what_the_new_holder_has_restored(harness: Harness, stable: str, canary: str) -> None:
    send(harness, Routing(canary))
    _, token = read(harness.kind, harness.target)
    harness.before_routing(partial(seize_traffic, harness.kind, harness.target, lambda _: Routing(stable)))
    with suppress(TargetChangedError):
        harness.kind.route(harness.target, Routing(stable), token)

    assert read(harness.kind, harness.target)[0] == Routing(stable)


def test_a_late_write_after_any_comparison_fails_and_the_new_holder_finds_it_when_it_looks(
    harness: Harness, stable: str, canary: str
) -> None:
    def take_over() -> None:
        seize_traffic(harness.kind, harness.target, lambda _: Routing(stable))

    _, token = read(harness.kind, harness.target)
    harness.before_routing(take_over)
    with pytest.raises(TargetChangedError):
        route(harness, share(harness, stable, canary), token)

    if not harness.kind.is_settled(harness.target, Change(routing=Routing(stable))):
        take_over()

    assert harness.kind.is_settled(harness.target, Change(routing=Routing(stable)))
    assert read(harness.kind, harness.target)[0] == Routing(stable)
