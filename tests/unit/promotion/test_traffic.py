import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gantry.promotion.errors import TargetChangedError
from gantry.promotion.traffic import Plan, Rollout, Routing, Step

STABLE, CANARY = "7", "8"
TWO_STEPS = (Step(10, 300), Step(50, 600))

weights = st.lists(st.integers(1, 99), unique=True, max_size=12).map(sorted)
plans = weights.map(lambda rising: tuple(Step(weight, 60) for weight in rising))
revisions = st.integers(1, 12).map(str)
routings = st.builds(Routing, revisions, st.dictionaries(revisions, st.integers(1, 99).map(float), max_size=1))
found_routings = st.builds(Routing, st.just(STABLE), st.dictionaries(st.just("6"), st.just(5.0)))


def routed_after(rollout: Rollout, steps: int) -> Routing:
    """Where the traffic goes after some steps."""
    current = rollout.found
    for index in range(steps):
        current = rollout.change_at(index, current) or current
    return current


def rollout_of(plan: Plan, found: Routing | None = None) -> Rollout:
    return Rollout(found or Routing(STABLE), CANARY, plan)


@given(plans, found_routings, st.data())
def test_a_rollout_takes_one_routing_a_step_and_ends_on_the_canary_alone_however_often_it_is_retried(
    plan: Plan, found: Routing, data: st.DataObject
) -> None:
    rollout, current, visited = rollout_of(plan, found), found, list[Routing]()
    for index in range(len(plan) + 1):
        for _ in range(1 + data.draw(st.integers(0, 3), label=f"retries of step {index}")):
            if wanted := rollout.change_at(index, current):
                visited.append(wanted)
                current = wanted
    shares = [{CANARY: float(step.weight)} for step in plan]
    assert visited == [*(Routing(STABLE, share) for share in shares), Routing(CANARY)]


@given(plans, found_routings, st.data())
def test_the_stable_revision_comes_back_whatever_step_the_rollout_stops_after(
    plan: Plan, found: Routing, data: st.DataObject
) -> None:
    rollout = rollout_of(plan, found)
    current = routed_after(rollout, data.draw(st.integers(0, len(plan) + 1), label="steps"))
    restored = rollout.change_back(current) or current
    assert restored == Routing(STABLE)
    assert rollout.change_back(restored) is None


@given(plans, found_routings, routings, st.data())
def test_a_routing_that_no_step_asked_for_is_never_overwritten(
    plan: Plan, found: Routing, foreign: Routing, data: st.DataObject
) -> None:
    rollout, index = rollout_of(plan, found), data.draw(st.integers(0, len(plan)), label="step")
    assume(foreign not in [routed_after(rollout, step) for step in range(len(plan) + 2)])
    assume(foreign != Routing(STABLE))
    with pytest.raises(TargetChangedError, match=f" {foreign}$"):
        rollout.change_at(index, foreign)
    with pytest.raises(TargetChangedError, match=f" {foreign}, "):
        rollout.change_back(foreign)


@given(plans.filter(bool), st.data())
def test_a_late_duplicate_of_an_earlier_step_takes_no_traffic_back(plan: Plan, data: st.DataObject) -> None:
    rollout = rollout_of(plan)
    late = data.draw(st.integers(0, len(plan) - 1), label="late")
    arrived = data.draw(st.integers(late + 1, len(plan)), label="arrived")
    with pytest.raises(TargetChangedError):
        rollout.change_at(late, rollout.routing_at(arrived))


def test_no_step_can_be_left_out() -> None:
    with pytest.raises(TargetChangedError, match=r" 7 with 10 % on 8, .* 7$"):
        rollout_of(TWO_STEPS).change_at(1, Routing(STABLE))


def test_a_plan_without_steps_gives_the_canary_everything_at_once() -> None:
    assert rollout_of(()).change_at(0, Routing(STABLE)) == Routing(CANARY)


def test_a_weight_that_somebody_left_beside_an_unchanged_revision_is_cleared() -> None:
    left_split = Routing(STABLE, {"6": 10.0})
    assert Rollout(left_split, STABLE, ()).change_at(0, left_split) == Routing(STABLE)


def test_a_first_revision_that_is_live_already_needs_no_change_in_either_direction() -> None:
    first = Rollout(Routing("1"), "1", ())
    assert first.change_at(0, Routing("1")) is None
    assert first.change_back(Routing("1")) is None


@pytest.mark.parametrize(
    ("routing", "text"),
    [
        (Routing("7"), "7"),
        (Routing("7", {"8": 10.0}), "7 with 10 % on 8"),
        (Routing("7", {"8": 2.5}), "7 with 2.5 % on 8"),
    ],
)
def test_a_routing_is_shown_in_words(routing: Routing, text: str) -> None:
    assert str(routing) == text


@given(plans, found_routings)
def test_a_canary_that_has_started_without_traffic_takes_the_first_step_and_goes_back(
    plan: Plan, found: Routing
) -> None:
    rollout = rollout_of(plan, found)
    begun = Routing(STABLE, {CANARY: 0.0})
    assert rollout.begun == begun
    assert rollout.change_at(0, begun) == rollout.routing_at(0)
    assert rollout.change_back(begun) == Routing(STABLE)


@given(plans.filter(bool), st.data())
def test_a_canary_without_traffic_takes_no_later_step(plan: Plan, data: st.DataObject) -> None:
    rollout = rollout_of(plan)
    with pytest.raises(TargetChangedError):
        rollout.change_at(data.draw(st.integers(1, len(plan)), label="step"), rollout.begun)


@pytest.mark.parametrize("canary", ["6", "9"])
def test_a_canary_of_somebody_else_without_traffic_is_left_alone(canary: str) -> None:
    rollout, theirs = rollout_of(TWO_STEPS), Routing(STABLE, {canary: 0.0})
    with pytest.raises(TargetChangedError):
        rollout.change_at(0, theirs)
    with pytest.raises(TargetChangedError):
        rollout.change_back(theirs)


def test_a_canary_without_traffic_is_where_the_rollout_may_be() -> None:
    assert not rollout_of(TWO_STEPS).is_between_its_own(Routing(STABLE, {CANARY: 0.0}))
    assert rollout_of(TWO_STEPS).is_between_its_own(Routing(STABLE, {CANARY: 7.0}))
