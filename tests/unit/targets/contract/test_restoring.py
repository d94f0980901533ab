"""The stable revision gets all traffic back, wherever a rollout has stopped, whatever the kind."""

from collections.abc import Callable
from functools import partial

import pytest

from gantry.promotion.errors import TargetChangedError
from gantry.promotion.traffic import Rollout, Routing
from gantry.use_cases.traffic_changes import change_traffic
from tests.unit.targets.contract.driving import make_ready, read, send_back, take
from tests.unit.targets.contract.harness import OTHER, PLAN, Harness

STEPS = [0, *(pytest.param(each, marks=pytest.mark.needs("splits_traffic")) for each in range(1, len(PLAN) + 1))]
"""Every step of the plan, and the canary alone after the last one, which is the first where nothing is shared."""


def whole(harness: Harness) -> Rollout:
    """A rollout on a target whose stable revision has all traffic."""
    stable = harness.stable()
    return Rollout(Routing(stable.revision), make_ready(harness.kind, harness.deployment(), stable), harness.plan)


def split(harness: Harness) -> Rollout:
    """A rollout on a target on which somebody else's rollout has stopped half-way."""
    stable = harness.stable()
    routing = Routing(stable.revision, {harness.make(OTHER): 5.0})
    harness.route(routing)
    return Rollout(routing, make_ready(harness.kind, harness.deployment(), stable), harness.plan)


Begin = Callable[[Harness], Rollout]
found = pytest.mark.parametrize(
    "begin", [whole, pytest.param(split, marks=pytest.mark.needs("splits_traffic", "splits of others"))]
)


def advance(harness: Harness, rollout: Rollout, until: int) -> None:
    """Take the steps of a rollout, as ShiftTraffic and CompleteDeployment do."""
    for index in range(until + 1):
        take(harness, partial(rollout.change_at, index), harness.deployment(), rollout.routing_at(index))


def begin_step(harness: Harness, rollout: Rollout, index: int) -> None:
    """Begin one step."""
    decide = partial(rollout.change_at, index)
    change_traffic(harness.kind, harness.target, decide, deployment=harness.deployment())


def restore(harness: Harness, rollout: Rollout) -> Routing:
    take(harness, rollout.change_back, None, Routing(rollout.stable))
    return read(harness.kind, harness.target)[0]


@found
@pytest.mark.parametrize("looks", [0, pytest.param(2, marks=pytest.mark.needs("slow traffic"))])
def test_a_rollout_takes_every_step_and_ends_with_the_canary_alone(harness: Harness, begin: Begin, looks: int) -> None:
    rollout = begin(harness)
    harness.be_slow(looks)

    advance(harness, rollout, len(rollout.plan))

    steps = range(len(rollout.plan) + 1)
    assert list(harness.routes()[-len(steps) :]) == [rollout.routing_at(index) for index in steps]
    assert read(harness.kind, harness.target)[0] == Routing(rollout.canary)


@found
@pytest.mark.parametrize("looks", [0, pytest.param(2, marks=pytest.mark.needs("slow traffic"))])
@pytest.mark.parametrize("stopped_after", STEPS)
def test_the_stable_revision_is_restored_from_every_step(
    harness: Harness, begin: Begin, looks: int, stopped_after: int
) -> None:
    rollout = begin(harness)
    harness.be_slow(looks)
    advance(harness, rollout, stopped_after)

    assert restore(harness, rollout) == Routing(rollout.stable)


@found
def test_the_stable_revision_is_restored_before_the_first_step(harness: Harness, begin: Begin) -> None:
    rollout = begin(harness)

    assert restore(harness, rollout) == Routing(rollout.stable)


@found
@pytest.mark.needs("slow traffic")
@pytest.mark.parametrize("stopped_in", STEPS)
def test_the_stable_revision_is_restored_while_a_step_is_on_its_way(
    harness: Harness, begin: Begin, stopped_in: int
) -> None:
    rollout = begin(harness)
    advance(harness, rollout, stopped_in - 1)
    harness.be_slow(2)
    begin_step(harness, rollout, stopped_in)

    assert restore(harness, rollout) == Routing(rollout.stable)


def test_restoring_twice_writes_once(harness: Harness) -> None:
    rollout = whole(harness)
    advance(harness, rollout, 0)

    restore(harness, rollout)
    writes = len(harness.routes())

    assert restore(harness, rollout) == Routing(rollout.stable)
    assert len(harness.routes()) == writes


@pytest.mark.parametrize("stopped_after", STEPS)
def test_what_somebody_else_changed_during_the_rollout_is_left_alone(harness: Harness, stopped_after: int) -> None:
    rollout = whole(harness)
    advance(harness, rollout, stopped_after)
    foreign = Routing(harness.make(OTHER))
    harness.route(foreign)

    with pytest.raises(TargetChangedError):
        restore(harness, rollout)

    assert read(harness.kind, harness.target)[0] == foreign


def test_a_revision_that_was_replaced_can_take_all_traffic_back(harness: Harness) -> None:
    rollout = whole(harness)
    advance(harness, rollout, len(rollout.plan))

    send_back(harness, rollout.stable)

    assert read(harness.kind, harness.target)[0] == Routing(rollout.stable)
