"""ShiftTraffic, CompleteDeployment and RollBack: everything that a deployment does to an alias."""

from typing import Any

import pytest

from gantry.handlers.deployment_machine import complete_deployment, hold_canary, resume_canary, roll_back, shift_traffic
from gantry.promotion.errors import (
    LeaseLostError,
    NoPreviousRevisionError,
    TargetChangedError,
    TargetFailedError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.kind import LambdaAliasKind
from tests.unit.handlers.fakes import FakeAlias
from tests.unit.handlers.payloads import DEPLOYMENT, DIGEST, ENTERED_AT, PLAN, ROLLBACK, TARGET, Said, invoke, payload
from tests.unit.handlers.records import lease, record_lease
from tests.unit.handlers.workloads import Workloads

STABLE, FIRST_STEP, SECOND_STEP, CANARY = Routing("7"), Routing("7", {"8": 10}), Routing("7", {"8": 50}), Routing("8")
FOUND = {"revision": "7", "weights": {}}


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(lease())


@pytest.fixture
def alias(workloads: Workloads) -> FakeAlias:
    there = workloads.alias(TARGET)
    there.current = STABLE
    return there


def routing(state: str, **changed: Any) -> dict[str, Any]:
    return payload(state, **({"found": FOUND, "canary": "8", "plan": PLAN} | changed))


def shift(index: int, **changed: Any) -> Any:
    return invoke(shift_traffic.handler, routing("ShiftTraffic", **({"index": index, "is_slow": False} | changed)))


def complete(**changed: Any) -> Any:
    return invoke(complete_deployment.handler, routing("CompleteDeployment", **({"is_slow": False} | changed)))


def back(**changed: Any) -> Any:
    return invoke(roll_back.handler, routing("RollBack", **changed))


STATES = pytest.mark.parametrize("state", [lambda: shift(1), complete, back])
"""Each of them has something to do at the end of the first step, or of the second."""


@pytest.fixture
def lost_after_reading(alias: FakeAlias, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollback takes the lease over right after the alias was read."""
    real = alias.routing

    def while_a_rollback_begins() -> Any:
        found = real()
        record_lease(lease(ROLLBACK, release=None))
        return found

    monkeypatch.setattr(alias, "routing", while_a_rollback_begins)


@STATES
@pytest.mark.usefixtures("lost_after_reading")
@pytest.mark.parametrize("reached", [FIRST_STEP, SECOND_STEP])
def test_a_deployment_that_loses_its_lease_between_reading_and_writing_writes_nothing(
    alias: FakeAlias, announced: Said, reached: Routing, state: Any
) -> None:
    alias.current = reached
    with pytest.raises(LeaseLostError, match=f"{ROLLBACK} holds it now"):
        state()
    assert alias.written == []
    assert announced() == []


@STATES
@pytest.mark.usefixtures("lost_after_reading")
def test_a_lost_lease_is_reported_also_when_the_alias_was_changed_too(alias: FakeAlias, state: Any) -> None:
    alias.somebody_makes_it(Routing("6"))
    with pytest.raises(LeaseLostError):
        state()
    assert alias.current == Routing("6")


def test_a_whole_rollout_writes_one_routing_a_step_and_the_stable_version_stays_primary(alias: FakeAlias) -> None:
    assert [shift(0)["weight"], shift(1)["weight"]] == [10, 50]
    assert complete() == {"revision": "8"}
    assert alias.written == [FIRST_STEP, SECOND_STEP, CANARY]


@pytest.mark.parametrize(
    ("before", "plan", "looks"), [(SECOND_STEP, PLAN, 1), (CANARY, PLAN, 2), (STABLE, [], 2), (FIRST_STEP, [], 2)]
)
def test_traffic_that_came_from_our_own_split_is_looked_at_no_second_time(
    alias: FakeAlias, monkeypatch: pytest.MonkeyPatch, before: Routing, plan: list[Any], looks: int
) -> None:
    """Lambda moves all other traffic by and by, if the alias has provisioned concurrency."""
    alias.current = before
    looked, real = [], alias.routing

    def routing() -> Any:
        looked.append(alias.current)
        return real()

    monkeypatch.setattr(alias, "routing", routing)
    complete(plan=plan, found={"revision": before.revision, "weights": before.weights} if not plan else FOUND)
    assert (alias.current, len(looked)) == (CANARY, looks)


def hold(index: int) -> Any:
    return invoke(hold_canary.handler, routing("HoldCanary", index=index))


def resume(index: int) -> Any:
    return invoke(resume_canary.handler, routing("ResumeCanary", index=index))


def test_while_people_think_the_canary_has_the_smallest_weight_and_afterwards_its_own_again(
    alias: FakeAlias, announced: Said
) -> None:
    alias.current = SECOND_STEP
    assert [hold(1)["weight"], resume(1)["weight"]] == [10, 50]
    assert complete() == {"revision": "8"}
    assert alias.written == [FIRST_STEP, SECOND_STEP, CANARY]
    assert [each["detail"]["weight"] for each in announced()] == [10, 50]


def test_a_canary_that_has_the_smallest_weight_already_keeps_it_and_nothing_is_announced(
    alias: FakeAlias, announced: Said
) -> None:
    alias.current = FIRST_STEP
    assert [hold(0)["weight"], resume(0)["weight"]] == [10, 10]
    assert alias.written == []
    assert announced() == []


@pytest.mark.parametrize("state", [hold, resume])
def test_what_is_tried_again_while_people_are_asked_is_written_once(alias: FakeAlias, state: Any) -> None:
    alias.current = SECOND_STEP if state is hold else FIRST_STEP
    assert state(1) == state(1)
    assert len(alias.written) == 1


@pytest.mark.parametrize("state", [hold, resume])
@pytest.mark.parametrize("foreign", [Routing("7", {"8": 33}), Routing("6"), CANARY, STABLE])
def test_what_somebody_else_made_of_the_alias_while_people_are_asked_is_not_overwritten(
    alias: FakeAlias, state: Any, foreign: Routing
) -> None:
    alias.current = foreign
    with pytest.raises(TargetChangedError):
        state(1)
    assert alias.written == []


@pytest.mark.parametrize("state", [hold, resume])
def test_a_deployment_that_has_lost_its_target_moves_nothing_for_people(alias: FakeAlias, state: Any) -> None:
    alias.current = SECOND_STEP
    record_lease(lease(ROLLBACK, release=None))
    with pytest.raises(LeaseLostError):
        state(1)
    assert alias.written == []


def test_a_held_canary_goes_back_like_any_other(alias: FakeAlias) -> None:
    alias.current = SECOND_STEP
    hold(1)
    assert back() == {"revision": "7"}
    assert alias.current == STABLE


def test_a_shift_is_announced_with_what_it_did(alias: FakeAlias, announced: Said) -> None:
    alias.current = FIRST_STEP
    shift(1)
    (event,) = announced()
    assert event["detail-type"] == "Promotion Traffic Shifted"
    assert event["resources"] == [TARGET.arn]
    assert event["detail"] == {
        "service": "cowsay",
        "environment": "prod",
        "target": TARGET.id,
        "digest": DIGEST,
        "tag": "4f0c2d1",
        "source": None,
        "stable": "7",
        "canary": "8",
        "weight": 50,
        "step": 2,
        "steps": 2,
        "execution": DEPLOYMENT,
    }


def test_a_retried_shift_writes_nothing_more_and_counts_from_the_same_moment(alias: FakeAlias) -> None:
    assert shift(0) == {"shifted_at": ENTERED_AT, "weight": 10}
    assert shift(0) == {"shifted_at": ENTERED_AT, "weight": 10}
    assert alias.written == [FIRST_STEP]


def test_a_shift_does_not_overwrite_what_somebody_else_made_of_the_alias(alias: FakeAlias, announced: Said) -> None:
    alias.somebody_makes_it(Routing("6"))
    with pytest.raises(TargetChangedError, match="should route to 7, but somebody else made it route to 6"):
        shift(0)
    assert alias.current == Routing("6")
    assert announced() == []


@pytest.mark.parametrize("state", [lambda: shift(0), lambda: complete(plan=[])])
def test_a_change_between_reading_and_writing_is_not_overwritten_either(alias: FakeAlias, state: Any) -> None:
    alias.interference = Routing("6")
    with pytest.raises(TargetChangedError):
        state()
    assert alias.current == Routing("6")


def test_a_weight_that_was_there_before_gives_way_to_the_first_step(alias: FakeAlias) -> None:
    alias.current = Routing("7", {"5": 20})
    shift(0, found={"revision": "7", "weights": {"5": 20}})
    assert alias.written == [FIRST_STEP]


def test_an_alias_that_is_gone_is_not_made_anew(alias: FakeAlias) -> None:
    alias.current = None
    with pytest.raises(TargetNotFoundError):
        shift(0)


def test_all_at_once_goes_from_the_stable_version_to_the_canary(alias: FakeAlias) -> None:
    assert complete(plan=[]) == {"revision": "8"}
    assert alias.written == [CANARY]


def test_a_retried_completion_writes_nothing_more(alias: FakeAlias) -> None:
    alias.current = SECOND_STEP
    assert complete() == complete() == {"revision": "8"}
    assert alias.written == [CANARY]


def test_a_rollout_cannot_be_completed_before_its_last_step(alias: FakeAlias) -> None:
    alias.current = FIRST_STEP
    with pytest.raises(TargetChangedError):
        complete()
    assert alias.current == FIRST_STEP


def test_an_unchanged_release_clears_a_weight_that_was_left_behind(alias: FakeAlias) -> None:
    alias.current = Routing("7", {"8": 10})
    assert complete(canary="7", plan=[], found={"revision": "7", "weights": {"8": 10}}) == {"revision": "7"}
    assert alias.written == [STABLE]


def test_an_unchanged_release_on_a_whole_alias_writes_nothing(alias: FakeAlias) -> None:
    complete(canary="7", plan=[])
    assert alias.written == []


def test_a_first_deployment_begins_to_take_traffic_when_it_is_completed(alias: FakeAlias) -> None:
    alias.current = None
    assert complete(found=None, canary="1", plan=[]) == {"revision": "1"}
    assert complete(found=None, canary="1", plan=[]) == {"revision": "1"}
    assert alias.written == [Routing("1")]


def test_a_first_deployment_that_lost_its_lease_takes_no_traffic(alias: FakeAlias) -> None:
    alias.current = None
    record_lease(lease(ROLLBACK, release=None))
    with pytest.raises(LeaseLostError):
        complete(found=None, canary="1", plan=[])
    assert alias.written == []


def test_an_alias_that_appeared_meanwhile_and_routes_elsewhere_is_left_alone(alias: FakeAlias) -> None:
    alias.current = Routing("6")
    with pytest.raises(TargetChangedError):
        complete(found=None, canary="1", plan=[])
    assert alias.written == []


@STATES
def test_traffic_that_is_on_its_way_is_waited_for_by_another_try(
    alias: FakeAlias, monkeypatch: pytest.MonkeyPatch, announced: Said, state: Any
) -> None:
    """The service's answer does not say that it has arrived."""
    alias.current = FIRST_STEP if state not in (complete,) else SECOND_STEP
    real = alias.update
    with monkeypatch.context() as slow:
        slow.setattr(LambdaAliasKind, "is_settled", lambda *_: False)
        slow.setattr(alias, "update", lambda *wanted: real(*wanted) and None)
        for _ in range(2):
            with pytest.raises(TargetPendingError, match="is not settled yet"):
                state()
    assert len(alias.written) == 1
    assert announced() == []
    state()
    assert len(alias.written) == 1


def test_a_first_deployment_has_nothing_to_go_back_to(alias: FakeAlias) -> None:
    alias.current = Routing("1")
    with pytest.raises(NoPreviousRevisionError, match="this was the target's first deployment"):
        back(found=None, canary="1", plan=[])
    assert alias.written == []


@pytest.mark.parametrize("reached", [FIRST_STEP, SECOND_STEP, CANARY])
def test_a_rollback_brings_the_stable_version_back_with_one_write_from_wherever_the_rollout_got_to(
    alias: FakeAlias, reached: Routing
) -> None:
    alias.current = reached
    assert back() == {"revision": "7"}
    assert alias.written == [STABLE]


def test_a_retried_rollback_writes_nothing_more(alias: FakeAlias) -> None:
    alias.current = FIRST_STEP
    assert back() == back() == {"revision": "7"}
    assert alias.written == [STABLE]


def test_a_rollback_leaves_alone_what_somebody_else_made_of_the_alias(alias: FakeAlias) -> None:
    alias.somebody_makes_it(Routing("6"))
    with pytest.raises(TargetChangedError, match="the target routes to 6, which no step of this deployment asked for"):
        back()
    assert alias.current == Routing("6")


def test_lambdas_own_transition_is_waited_for_and_not_blamed_on_somebody_else(alias: FakeAlias) -> None:
    """With provisioned concurrency it keeps a weight on the old version for a while."""
    alias.current, alias.moving = Routing("8", {"7": 100.0}), True
    with pytest.raises(TargetPendingError, match="the service itself is still moving the traffic"):
        shift(1)
    with pytest.raises(TargetPendingError):
        complete()
    alias.current, alias.moving = Routing("8"), False
    complete()


def test_going_back_need_not_wait_for_that(alias: FakeAlias) -> None:
    alias.current, alias.moving = Routing("8", {"7": 100.0}), True
    assert back() == {"revision": "7"}
    assert alias.written == [Routing("7")]


def test_nor_where_lambda_has_given_up_half_way(alias: FakeAlias) -> None:
    """The new version's initialisation fails, so its concurrency does: https://github.com/serverless/serverless/issues/7329"""
    alias.current, alias.moving = Routing("8", {"7": 100.0}), TargetFailedError("FUNCTION_ERROR_INIT_FAILURE")
    assert back() == {"revision": "7"}
    assert alias.written == [Routing("7")]


def test_what_is_on_its_way_back_is_not_sent_again(alias: FakeAlias) -> None:
    alias.current, alias.moving = Routing("7", {"8": 80.0}), True
    with pytest.raises(TargetPendingError):
        back()
    assert alias.written == []


def test_somebody_elses_revision_is_left_alone_also_then(alias: FakeAlias) -> None:
    alias.current, alias.moving = Routing("9", {"7": 100.0}), True
    with pytest.raises(TargetPendingError):
        back()
    assert alias.written == []
