"""What `state`, `wake` and `rehearse` promise, whatever the kind, and that what cannot run gets no traffic."""

import pytest

from gantry.promotion.errors import RevisionUnusableError, TargetAccessError
from gantry.promotion.traffic import Routing
from gantry.targets.kind import Change
from gantry.targets.readiness import Readiness
from tests.unit.targets.contract.driving import read, send, send_back, settle, share
from tests.unit.targets.contract.harness import OLD, OTHER, Harness


def readiness(harness: Harness, revision: str) -> Readiness:
    found = harness.kind.state(harness.target, revision)
    assert found
    return found.readiness


def test_a_revision_that_takes_traffic_is_ready_and_says_what_it_runs(harness: Harness) -> None:
    stable = harness.stable()
    state = harness.kind.state(harness.target, stable.revision)
    assert state
    assert (state.readiness, state.digest, state.reason) == (Readiness.READY, OLD, "")
    assert state.needs_image is (harness.target.kind in {"lambda", "ecs"} and "repository" in harness.source)


def test_a_revision_that_is_gone_has_no_state(harness: Harness) -> None:
    harness.stable()
    revision = harness.make(OTHER)
    harness.remove(revision)
    assert harness.kind.state(harness.target, revision) is None


def test_a_revision_that_failed_is_broken_with_a_reason_and_takes_no_traffic(harness: Harness) -> None:
    stable, broken = harness.stable().revision, harness.make(OTHER)
    harness.fail(broken)
    found = harness.kind.state(harness.target, broken)
    assert found
    assert (found.readiness, found.digest) == (Readiness.BROKEN, OTHER)
    assert found.reason
    with pytest.raises(RevisionUnusableError, match=broken):
        send_back(harness, broken)
    with pytest.raises(RevisionUnusableError, match=broken):
        send(harness, share(harness, stable, broken))
    assert read(harness.kind, harness.target)[0] == Routing(stable)


@pytest.mark.needs("sleep")
@pytest.mark.parametrize("looks", [0, 2])
def test_a_revision_that_sleeps_is_woken_by_one_request_and_ready_after_a_while(harness: Harness, looks: int) -> None:
    harness.stable()
    asleep = harness.make(OTHER)
    harness.put_to_sleep(asleep)
    assert readiness(harness, asleep) is Readiness.ASLEEP
    harness.be_slow(looks)

    assert harness.kind.may_wake(harness.target)
    harness.kind.wake(harness.target, asleep)

    assert settle(harness.kind, harness.target, Change(revision=asleep)) == looks
    assert readiness(harness, asleep) is Readiness.READY


def test_a_rehearsal_changes_nothing(harness: Harness) -> None:
    stable = harness.stable().revision
    older = harness.make(OTHER)
    before, token = read(harness.kind, harness.target)
    writes = len(harness.routes())

    harness.kind.rehearse(harness.target, older)

    assert read(harness.kind, harness.target) == (before, token)
    assert (before, len(harness.routes())) == (Routing(stable), writes)


def test_a_rehearsal_finds_a_right_that_is_missing(harness: Harness) -> None:
    harness.stable()
    older = harness.make(OTHER)
    harness.refuse_changes()
    with pytest.raises(TargetAccessError):
        harness.kind.rehearse(harness.target, older)


def test_a_service_that_moves_nothing_by_itself_is_not_blamed(harness: Harness) -> None:
    harness.stable()
    assert not harness.kind.is_moving(harness.target)
