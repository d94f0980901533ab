"""PrepareRevision where several targets are prepared in one draft, and the service compares nothing."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.aws.draft_locks import DraftLocks
from gantry.handlers import entry
from gantry.handlers.deployment_machine import prepare_revision
from gantry.promotion.errors import LeaseLostError, TargetPendingError
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.kind import LambdaAliasKind
from gantry.use_cases.prepare_revision import PrepareRequest
from tests.unit.handlers.fake_function import FakeFunction
from tests.unit.handlers.payloads import DIGEST, OLD_DIGEST, ROLE, TARGET, deployment_input, invoke, payload
from tests.unit.handlers.records import LOST, lease, record_lease
from tests.unit.handlers.workloads import Workloads

DRAFT, OTHER = "an api", "arn:another-deployment"
TOKEN = "token"
STABLE = {"revision": "1", "digest": OLD_DIGEST}
ASKED = LambdaConfiguration(512, 10, 512, {"TO_SAY": "Hello from prod"}, [], ROLE, [], "")
BEFORE = replace(ASKED, memory_mb=256)


@pytest.fixture
def locks(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> DraftLocks:
    """The locks, of which the functions here need one."""
    monkeypatch.setattr(LambdaAliasKind, "draft_to_lock", lambda *_: DRAFT)
    record_lease(lease())
    return DraftLocks(ledger)


@pytest.fixture
def function(workloads: Workloads) -> FakeFunction:
    there = workloads.function(TARGET)
    there.deployed(OLD_DIGEST, BEFORE)
    return there


def event() -> Any:
    return payload("PrepareRevision", deployment=deployment_input(), stable=STABLE, attempt=0)


def prepare() -> Any:
    return invoke(prepare_revision.handler, event())


def is_free(locks: DraftLocks) -> bool:
    return locks.take(DRAFT, OTHER, TOKEN) is None


def test_a_deployment_does_not_write_what_another_one_is_writing(locks: DraftLocks, function: FakeFunction) -> None:
    locks.take(DRAFT, OTHER, TOKEN)
    with pytest.raises(TargetPendingError, match=f"{OTHER} is writing the draft an api, which both are prepared in"):
        prepare()
    assert function.writes == []

    locks.release(DRAFT, TOKEN)
    with pytest.raises(TargetPendingError, match="update"):
        prepare()
    assert function.writes == ["update_code"]


def test_nobody_else_writes_it_meanwhile_and_then_everybody_may(
    locks: DraftLocks, function: FakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[str | None] = []
    real = function.update_code

    def update_code(*arguments: Any) -> Any:
        others.append(locks.take(DRAFT, OTHER, TOKEN))
        return real(*arguments)

    monkeypatch.setattr(function, "update_code", update_code)
    with pytest.raises(TargetPendingError):
        prepare()
    assert others != [None]
    assert len(others) == 1
    assert is_free(locks)


def test_an_earlier_try_that_still_runs_does_not_give_back_what_a_later_one_has_taken(
    locks: DraftLocks, function: FakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = function.update_code

    def update_code(*arguments: Any) -> Any:
        monkeypatch.setattr(function, "update_code", real)
        holder = entry.parse(PrepareRequest, event()).execution
        assert locks.take(DRAFT, holder, "a later try") is None
        return real(*arguments)

    monkeypatch.setattr(function, "update_code", update_code)
    with pytest.raises(TargetPendingError):
        prepare()
    assert not is_free(locks)


@pytest.mark.parametrize("now", LOST)
def test_a_deployment_that_lost_its_lease_writes_nothing_and_keeps_no_lock(
    locks: DraftLocks, function: FakeFunction, now: Any
) -> None:
    record_lease(now)
    with pytest.raises(LeaseLostError):
        prepare()
    assert function.writes == []
    assert is_free(locks)


def test_what_changes_nothing_that_others_see_waits_for_nobody(locks: DraftLocks, workloads: Workloads) -> None:
    workloads.function(TARGET).deployed(DIGEST, ASKED)
    locks.take(DRAFT, OTHER, TOKEN)
    unchanged = payload(
        "PrepareRevision", deployment=deployment_input(), stable={"revision": "1", "digest": DIGEST}, attempt=0
    )
    assert invoke(prepare_revision.handler, unchanged)["outcome"] == "unchanged"
    assert is_free(locks), "for the other one, who has it"
