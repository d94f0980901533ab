"""AcquireLease: whose turn it is, who waits for it, and who waits in vain."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.handlers.deployment_machine import acquire_lease
from gantry.promotion.errors import DeploymentSupersededError, QuarantinedError
from gantry.promotion.lease import Contender, Lease
from gantry.use_cases.leasing import notify_waiting
from tests.unit.handlers.fakes import FakeExecutions
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    DIGEST,
    ENTERED_AT,
    FENCE,
    RELEASE,
    ROLLBACK,
    TARGET,
    deployment_input,
    invoke,
    payload,
    release_input,
)
from tests.unit.handlers.records import (
    contender,
    held,
    lease,
    live,
    record_lease,
    record_live,
    record_quarantine,
)
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "executions")

TOKEN, NEW_TOKEN = "AQCEAAAAKgAAAAMAAAAA", "AQCEAAAAKgAAAAMBBBBB"
ANOTHER = f"{DEPLOYMENT}-another"
EARLIER, PROMOTED_AT, LATER = "2026-11-22T08:00:00.000Z", "2026-11-22T08:30:00.000Z", "2026-11-22T09:00:00.000Z"
STARTED_AT = "2026-11-22T08:45:00.000Z"
"""When the deployment's execution was started."""
ME = contender(since=ENTERED_AT, started_at=PROMOTED_AT)


@pytest.fixture
def executions(workloads: Workloads) -> FakeExecutions:
    """Those that run, and the tokens of this deployment's task."""
    workloads.executions.running |= {DEPLOYMENT, ANOTHER, ROLLBACK}
    workloads.executions.waiting |= {TOKEN, NEW_TOKEN}
    return workloads.executions


def acquire(token: str = TOKEN, deployment: dict[str, Any] | None = None, attempt: int = 0) -> None:
    event = payload("AcquireLease", task_token=token, attempt=attempt, started_at=STARTED_AT)
    assert invoke(acquire_lease.handler, event | {"deployment": deployment or event["deployment"]}) == {}


def started_manually() -> dict[str, Any]:
    """What a person starts the deployment machine with."""
    promotions_own = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID", "promotion", "promotion_started_at"}
    return {key: value for key, value in deployment_input().items() if key not in promotions_own}


def another(started_at: str, **changed: Any) -> Contender:
    return contender(ANOTHER, started_at=started_at, **changed)


def holds(holder: Contender) -> Lease:
    """Somebody holds the lease already."""
    there = Lease(TARGET, FENCE, holder=holder)
    record_lease(there)
    return there


def waits(who: Contender = ME, token: str = TOKEN) -> tuple[Contender, ...]:
    return (replace(who, task_token=token),)


def test_a_deployment_takes_a_free_lease_and_answers_its_own_task(executions: FakeExecutions) -> None:
    acquire()
    assert executions.answers == {TOKEN: {"fence": 1}}
    assert held() == Lease(TARGET, 1, holder=ME, to_notify=waits())


def test_a_deployment_that_need_not_wait_writes_the_lease_once() -> None:
    acquire()
    assert entry.services().leases.get(TARGET).revision == 1


def test_each_holder_has_a_greater_fencing_number_than_the_one_before(executions: FakeExecutions) -> None:
    record_lease(Lease(TARGET, FENCE))
    acquire()
    assert executions.answers == {TOKEN: {"fence": FENCE + 1}}


def test_a_release_waits_while_an_older_one_is_deployed(executions: FakeExecutions) -> None:
    before = holds(another(EARLIER))
    acquire()
    assert held() == replace(before, waiting=waits())
    assert executions.answers == {}


def test_a_release_waits_while_the_target_is_rolled_back(executions: FakeExecutions) -> None:
    before = holds(contender(ROLLBACK, None, started_at=LATER))
    acquire()
    assert held() == replace(before, waiting=waits())
    assert executions.answers == {}


def test_a_release_is_superseded_when_a_newer_one_has_the_lease(executions: FakeExecutions) -> None:
    newer = replace(RELEASE, tag="5a1b2c3")
    before = holds(another(LATER, release=newer))
    acquire()
    error, cause = executions.answers[TOKEN]
    assert error == "DeploymentSupersededError"
    assert f"cowsay 4f0c2d1 was not deployed to {TARGET.id}: cowsay 5a1b2c3 ({ANOTHER}) was started later" in cause
    assert held() == before


def test_a_release_is_superseded_when_a_newer_one_is_live(executions: FakeExecutions) -> None:
    there = live(9)
    record_live(replace(there, current=replace(there.current, promotion_started_at=LATER)))
    with pytest.raises(DeploymentSupersededError, match=r"version 9 \(tag9\), whose promotion was started later, is"):
        acquire()
    assert held() == Lease(TARGET)
    assert executions.answers == {}


@pytest.mark.parametrize("started_at", [None, EARLIER, PROMOTED_AT])
def test_what_is_live_supersedes_only_what_is_older(executions: FakeExecutions, started_at: str | None) -> None:
    there = live(9)
    record_live(replace(there, current=replace(there.current, promotion_started_at=started_at)))
    acquire()
    assert executions.answers == {TOKEN: {"fence": 1}}


def test_a_deployment_that_was_started_manually_is_as_new_as_its_own_execution(executions: FakeExecutions) -> None:
    before = holds(another("2026-11-22T08:40:00.000Z"))
    acquire(deployment=started_manually())
    assert held() == replace(before, waiting=waits(replace(ME, started_at=STARTED_AT)))
    assert executions.answers == {}


def test_a_retry_of_one_that_waits_takes_the_place_of_the_try_before() -> None:
    before = holds(another(EARLIER))
    acquire()
    acquire(NEW_TOKEN, attempt=1)
    assert held() == replace(before, waiting=waits(replace(ME, attempt=1), NEW_TOKEN))


def test_a_try_that_arrives_after_the_one_that_followed_it_changes_nothing() -> None:
    holds(another(EARLIER))
    acquire(NEW_TOKEN, attempt=1)
    waiting = held()
    acquire(TOKEN, attempt=0)
    assert held() == waiting


def test_a_retry_of_the_holder_is_answered_with_the_same_number(executions: FakeExecutions) -> None:
    acquire()
    once = held()
    acquire(NEW_TOKEN, attempt=1)
    assert executions.answers[NEW_TOKEN] == executions.answers[TOKEN] == {"fence": 1}
    assert held() == replace(once, to_notify=waits(replace(ME, attempt=1), NEW_TOKEN))


def test_a_retry_of_one_that_was_not_notified_is_notified_under_its_new_token(executions: FakeExecutions) -> None:
    record_lease(Lease(TARGET, FENCE, holder=ME, to_notify=waits()))
    acquire(NEW_TOKEN, attempt=1)
    assert executions.answers == {NEW_TOKEN: {"fence": FENCE}}
    assert held() == Lease(TARGET, FENCE, holder=ME, to_notify=waits(replace(ME, attempt=1), NEW_TOKEN))


def test_when_the_holder_has_ended_the_repair_is_asked_for(workloads: Workloads) -> None:
    before = holds(another(EARLIER))
    workloads.executions.running.remove(ANOTHER)
    acquire()
    assert workloads.repairs.asked_for == [TARGET.id]
    assert held() == replace(before, waiting=waits())


def test_no_repair_is_asked_for_while_the_holder_runs(workloads: Workloads) -> None:
    holds(another(EARLIER))
    acquire()
    assert workloads.repairs.asked_for == []


def test_a_deployment_that_need_not_wait_asks_for_no_repair(workloads: Workloads) -> None:
    workloads.executions.running.remove(DEPLOYMENT)
    acquire()
    assert workloads.repairs.asked_for == []


def test_a_lease_that_is_given_back_while_a_release_joins_is_its_own_at_once(
    executions: FakeExecutions, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(another(EARLIER))
    real = Lease.joined

    def while_the_holder_ends(self: Lease, contender: Contender) -> Lease:
        entry.services().leases.change(TARGET, lambda now: now.ended(ANOTHER))
        return real(self, contender)

    monkeypatch.setattr(Lease, "joined", while_the_holder_ends)
    acquire()
    assert executions.answers == {TOKEN: {"fence": FENCE + 1}}
    assert held() == Lease(TARGET, FENCE + 1, holder=ME, to_notify=waits())


def test_a_lease_that_is_handed_over_right_after_a_release_joined_is_answered_once(
    executions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(another(EARLIER))

    def while_the_holder_ends(arn: str) -> bool:
        services = entry.services()
        notify_waiting(services, services.leases.change(TARGET, lambda now: now.ended(arn)))
        return False

    monkeypatch.setattr(executions, "is_running", while_the_holder_ends)
    acquire()
    assert executions.answers == {TOKEN: {"fence": FENCE + 1}}
    assert held() == Lease(TARGET, FENCE + 1, holder=ME, to_notify=waits())


def test_one_that_was_not_notified_yet_is_notified_by_the_next_that_joins(executions: FakeExecutions) -> None:
    executions.waiting.add("another token")
    holder = another(EARLIER)
    record_lease(Lease(TARGET, FENCE, holder=holder, to_notify=waits(holder, "another token")))
    acquire()
    assert executions.answers == {"another token": {"fence": FENCE}}
    assert held().waiting == waits()


def test_one_that_was_notified_and_has_not_begun_yet_keeps_its_turn_when_another_joins(
    executions: FakeExecutions,
) -> None:
    """Step Functions does not know its token any more, so that it is out of those that are to be notified."""
    holder = another(EARLIER)
    record_lease(Lease(TARGET, FENCE, holder=holder, to_notify=waits(holder, "an answered token")))
    acquire()
    assert executions.answers == {}
    assert held() == Lease(TARGET, FENCE, holder=holder, waiting=waits())


def test_a_digest_that_went_into_quarantine_meanwhile_is_not_deployed(executions: FakeExecutions) -> None:
    record_lease(lease(ANOTHER))
    record_quarantine(DIGEST)
    with pytest.raises(
        QuarantinedError, match=r"has been quarantined since 2026-11-20T08:00:00.000Z: rolled back in dev"
    ):
        acquire()
    assert held() == lease(ANOTHER)
    assert executions.answers == {}


def test_the_quarantine_of_another_digest_does_not_matter(executions: FakeExecutions) -> None:
    record_quarantine("sha256:" + "c" * 64)
    acquire()
    assert executions.answers == {TOKEN: {"fence": 1}}


def test_a_release_without_a_tag_can_be_deployed_too() -> None:
    untagged = replace(RELEASE, tag=None)
    acquire(deployment=deployment_input(release=release_input(untagged)))
    assert held().holder == replace(ME, release=untagged)


def test_the_token_is_not_logged(logged: list[str]) -> None:
    holds(another(EARLIER))
    acquire()
    assert any("waiting for the lease" in line for line in logged)
    assert TOKEN not in "".join(logged)
