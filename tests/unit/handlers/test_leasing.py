"""What executions that hold or give back a lease share: which are notified, and which may still change traffic."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from gantry.handlers import entry
from gantry.promotion.deployment import Holder
from gantry.promotion.errors import LeaseLostError, NotificationError, TargetChangedError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.traffic import Routing
from gantry.use_cases.leasing import notify_waiting, while_holding
from gantry.use_cases.traffic_changes import change_traffic, seize_traffic
from tests.unit.handlers.fakes import FakeAlias, FakeExecutions
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    DIGEST,
    FENCE,
    RELEASE,
    ROLLBACK,
    TARGET,
)
from tests.unit.handlers.records import LOST, contender, held, lease, record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

STABLE, CANARY = Routing("7"), Routing("8")


def one(name: str, minute: int) -> Contender:
    """One that waits, and whose promotion was started in this minute."""
    return contender(
        f"{DEPLOYMENT}-{name}",
        replace(RELEASE, tag=name),
        started_at=f"2026-11-22T08:{minute}:00.000Z",
        task_token=f"the {name}'s token",
    )


OLDEST, OLDER, NEWER, NEWEST = one("oldest", 30), one("older", 31), one("newer", 32), one("newest", 33)
LATER = "2026-11-22T09:00:00.000Z"


@pytest.fixture
def executions() -> FakeExecutions:
    contenders = (OLDEST, OLDER, NEWER, NEWEST)
    return FakeExecutions(
        running={each.owner for each in contenders}, waiting={str(each.task_token) for each in contenders}
    )


def handed_over(*waiting: Contender) -> Lease:
    """The lease that a deployment has given back, while these waited; they are not notified yet."""
    record_lease(lease(waiting=waiting))
    return entry.services().leases.change(TARGET, lambda now: now.ended(DEPLOYMENT))


def call(handed: Lease, executions: Any) -> Lease:
    vars(entry.services())["executions"] = executions
    return replace(notify_waiting(entry.services(), handed), revision=0)


def turn_of(contender: Contender, fence: int = FENCE + 1, **changed: Any) -> Lease:
    return Lease(TARGET, fence, holder=replace(contender, task_token=None), **changed)


def superseded(contender: Contender, by: Contender) -> tuple[str, str]:
    release, newer = contender.release, f"{by.release} ({by.owner})"
    message = f"{release} was not deployed to {TARGET.id}: {newer} was started later and got its turn"
    return ("DeploymentSupersededError", message)


def test_the_newest_of_those_that_wait_gets_the_lease_and_all_are_notified(executions: FakeExecutions) -> None:
    assert call(handed_over(NEWER, NEWEST, OLDER), executions) == held() == turn_of(NEWEST)
    assert executions.answers == {
        NEWEST.task_token: {"fence": FENCE + 1},
        NEWER.task_token: superseded(NEWER, by=NEWEST),
        OLDER.task_token: superseded(OLDER, by=NEWEST),
    }


def test_when_nobody_waits_the_lease_is_free_and_nobody_is_notified(executions: FakeExecutions) -> None:
    assert call(handed_over(), executions) == held() == Lease(TARGET, FENCE)
    assert executions.answers == {}


def test_notifying_when_everybody_was_notified_changes_nothing(executions: FakeExecutions) -> None:
    call(handed_over(OLDER, NEWER), executions)
    told = entry.services().leases.get(TARGET)
    call(told, executions)
    assert entry.services().leases.get(TARGET) == told


def test_one_that_waits_behind_a_holder_is_not_notified(executions: FakeExecutions) -> None:
    record_lease(lease(waiting=(OLDER,)))
    assert call(held(), executions) == held() == lease(waiting=(OLDER,))
    assert executions.answers == {}


def test_a_crash_between_handing_over_and_notifying_is_made_up_for_by_the_next(
    executions: FakeExecutions,
) -> None:
    handed_over(OLDER, NEWER)
    assert call(entry.services().leases.get(TARGET), executions) == turn_of(NEWER)
    assert executions.answers.keys() == {OLDER.task_token, NEWER.task_token}


@pytest.mark.parametrize("refused", [OLDER, NEWER])
def test_when_notifying_fails_all_stay_in_the_lease_and_are_notified_by_the_next_try(
    executions: FakeExecutions, refused: Contender
) -> None:
    class Unavailable(FakeExecutions):
        def _answer(self, task_token: str, answer: object) -> bool:
            if task_token == refused.task_token:
                raise EndpointConnectionError(endpoint_url="https://states.example.com")
            return executions._answer(task_token, answer)

    handed = handed_over(OLDER, NEWER)
    with pytest.raises(NotificationError, match=f"{refused.owner} was not notified"):
        call(handed, Unavailable(running=executions.running))
    assert held() == turn_of(NEWER, to_notify=(OLDER, NEWER))
    assert call(entry.services().leases.get(TARGET), executions) == held() == turn_of(NEWER)
    assert executions.answers == {
        NEWER.task_token: {"fence": FENCE + 1},
        OLDER.task_token: superseded(OLDER, by=NEWER),
    }


def test_one_that_has_the_turn_and_nobody_beside_it_is_notified_without_another_write(
    executions: FakeExecutions,
) -> None:
    handed = handed_over(OLDER)
    call(handed, executions)
    assert executions.answers == {OLDER.task_token: {"fence": FENCE + 1}}
    assert entry.services().leases.get(TARGET) == handed


def test_one_that_has_ended_and_cannot_be_notified_loses_its_turn_to_one_that_joined_meanwhile(
    executions: FakeExecutions,
) -> None:
    handed_over(OLDER)
    joined = entry.services().leases.change(TARGET, lambda now: now.joined(NEWER))
    executions.running.remove(OLDER.owner)
    executions.waiting.remove(str(OLDER.task_token))
    assert call(joined, executions) == held() == turn_of(NEWER, FENCE + 2, to_notify=(NEWER,))
    assert executions.answers == {NEWER.task_token: {"fence": FENCE + 2}}


def test_when_nobody_joined_meanwhile_the_lease_of_one_that_has_ended_is_free(executions: FakeExecutions) -> None:
    handed = handed_over(OLDER)
    executions.running.remove(OLDER.owner)
    executions.waiting.remove(str(OLDER.task_token))
    assert call(handed, executions) == held() == Lease(TARGET, FENCE + 1)


def test_one_that_goes_on_and_cannot_be_notified_again_keeps_its_turn(executions: FakeExecutions) -> None:
    handed = handed_over(OLDER)
    executions.waiting.remove(str(OLDER.task_token))
    assert call(handed, executions) == held() == turn_of(OLDER)


def test_one_that_has_ended_and_was_superseded_takes_nothing_from_the_one_with_the_turn(
    executions: FakeExecutions,
) -> None:
    handed = handed_over(OLDER, NEWER)
    executions.running.remove(OLDER.owner)
    executions.waiting.remove(str(OLDER.task_token))
    assert call(handed, executions) == held() == turn_of(NEWER)
    assert executions.answers == {NEWER.task_token: {"fence": FENCE + 1}}


def test_one_whose_waiting_ends_while_several_are_notified_is_notified_too(executions: FakeExecutions) -> None:
    class Meanwhile(FakeExecutions):
        def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
            entry.services().leases.change(TARGET, lambda now: now.joined(OLDEST))
            return executions.succeed(task_token, output)

        def fail(self, task_token: str, error: str, cause: str) -> bool:
            return executions.fail(task_token, error, cause)

    assert call(handed_over(OLDER, NEWER), Meanwhile(running=executions.running)) == held() == turn_of(NEWER)
    assert executions.answers == {
        NEWER.task_token: {"fence": FENCE + 1},
        OLDER.task_token: superseded(OLDER, by=NEWER),
        OLDEST.task_token: superseded(OLDEST, by=NEWER),
    }


def test_one_that_tries_again_meanwhile_is_notified_under_its_new_token(executions: FakeExecutions) -> None:
    handed = handed_over(OLDER)
    again = replace(OLDER, task_token="another token")
    executions.waiting = {"another token"}
    entry.services().leases.change(TARGET, lambda now: now.joined(again))
    assert call(handed, executions) == held() == turn_of(OLDER, to_notify=(again,))
    assert executions.answers == {"another token": {"fence": FENCE + 1}}


def rolled_back(now: Lease) -> Lease:
    return now.taken_over(contender(ROLLBACK, None, started_at=LATER), RestorePoint("7", DIGEST))


@pytest.mark.parametrize(
    "then",
    [
        lambda now: now.ended(NEWER.owner),
        lambda now: now.ended(NEWER.owner).joined(OLDEST),
        rolled_back,
    ],
)
def test_a_superseded_one_is_notified_also_when_the_newer_one_holds_the_lease_no_more(
    executions: FakeExecutions, then: Callable[[Lease], Lease]
) -> None:
    handed_over(OLDER, NEWER)
    call(entry.services().leases.change(TARGET, then), executions)
    assert held().to_notify == ()
    error, cause = executions.answers[str(OLDER.task_token)]
    assert error == "DeploymentSupersededError"
    assert f"{OLDER.release} was not deployed to {TARGET.id}: a newer release was started later" in cause


def test_no_token_is_logged(executions: FakeExecutions, logged: list[str]) -> None:
    call(handed_over(OLDER, NEWER), executions)
    assert len(logged) == 2
    assert "token" not in "".join(logged)


@pytest.fixture
def alias(workloads: Workloads) -> FakeAlias:
    there = workloads.alias(TARGET)
    there.current = STABLE
    return there


def change(decide: Callable[[Routing], Routing]) -> Routing:
    return change_traffic(entry.services().kinds.of(TARGET), TARGET, decide).before


def holding(decide: Callable[[Routing], Routing]) -> Callable[[Routing], Routing]:
    return while_holding(entry.services(), Holder(TARGET, DEPLOYMENT, FENCE), decide)


def test_the_holder_of_the_lease_writes_the_alias(alias: FakeAlias) -> None:
    record_lease(lease())
    assert change(holding(lambda _: CANARY)) == STABLE
    assert alias.current == CANARY


@pytest.mark.parametrize("now", LOST)
def test_whoever_lost_the_lease_writes_nothing(alias: FakeAlias, now: Lease) -> None:
    record_lease(now)
    with pytest.raises(LeaseLostError, match=f"{DEPLOYMENT} no longer holds the lease"):
        change(holding(lambda _: CANARY))
    assert alias.written == []


def test_whoever_loses_the_lease_when_it_has_seen_it_already_writes_nothing_either(alias: FakeAlias) -> None:
    record_lease(lease())

    def too_late(_: Routing) -> Routing:
        entry.services().leases.change(
            TARGET, lambda now: now.taken_over(contender(ROLLBACK, None), RestorePoint("7", DIGEST))
        )
        seize_traffic(entry.services().kinds.of(TARGET), TARGET, lambda _: STABLE)
        return CANARY

    with pytest.raises(TargetChangedError):
        change(holding(too_late))
    assert alias.current == STABLE
