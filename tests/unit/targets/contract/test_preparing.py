"""What `prepare` promises, whatever the kind."""

from functools import partial
from itertools import product

import pytest

from gantry.promotion.deployment import PreparationOutcome, StableRevision
from gantry.promotion.errors import (
    ArtifactNotFoundError,
    LeaseLostError,
    TargetFailedError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.promotion.traffic import Routing
from gantry.targets.findings import Prepared
from gantry.targets.kind import Change
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import make_ready, prepare, read, settle
from tests.unit.targets.contract.harness import NEW, OTHER, Harness

FIRST = pytest.param(True, marks=pytest.mark.needs("first deployments"))
FIRST_OR_NEXT = pytest.mark.parametrize("is_first", [FIRST, False], ids=["first", "next"])


def firsts(harness: Harness) -> tuple[bool, ...]:
    """Whether a deployment may be the first one, and that others came before."""
    return (False,) if "first deployments" in harness.lacks else (True, False)


def found(harness: Harness, *, is_first: bool) -> StableRevision | None:
    return None if is_first else harness.stable()


def test_a_release_becomes_a_new_revision_that_runs_its_artifact(harness: Harness) -> None:
    stable, deployment = harness.stable(), harness.deployment()

    prepared = prepare(harness.kind, deployment, stable)

    assert prepared.outcome is PreparationOutcome.PUBLISHED
    assert prepared.revision != stable.revision
    assert harness.kind.digest(harness.target, prepared.revision) == NEW
    assert harness.kind.digest(harness.target, stable.revision) == stable.digest


@pytest.mark.needs("can_create")
def test_the_first_deployment_creates_what_takes_the_traffic(harness: Harness) -> None:
    deployment = harness.deployment()
    assert harness.kind.routing(harness.target) is None
    assert harness.kind.inspect(deployment, MASKING).routing is None

    prepared = prepare(harness.kind, deployment, None)
    settle(harness.kind, harness.target, Change(revision=prepared.revision))
    assert harness.kind.routing(harness.target) is None
    harness.kind.route(harness.target, Routing(prepared.revision), None)

    assert prepared.outcome is PreparationOutcome.CREATED
    assert harness.kind.capabilities.can_create
    assert read(harness.kind, harness.target)[0] == Routing(prepared.revision)
    assert harness.kind.inspect(deployment, MASKING).stable == StableRevision(prepared.revision, NEW)


@FIRST_OR_NEXT
def test_preparing_twice_gives_the_same_revision(harness: Harness, is_first: bool) -> None:
    stable, deployment = found(harness, is_first=is_first), harness.deployment()

    once = prepare(harness.kind, deployment, stable)

    assert prepare(harness.kind, deployment, stable) == once
    settle(harness.kind, harness.target, Change(revision=once.revision))
    assert prepare(harness.kind, deployment, stable) == once
    assert harness.kind.confirm(deployment, once.revision, stable, MASKING)


def test_a_preparation_that_crashed_anywhere_goes_on_where_it_ended(harness: Harness) -> None:
    crashed = set()
    for operation, is_first in product(harness.preparing, firsts(harness)):
        each = type(harness)()
        stable, deployment, crashes = found(each, is_first=is_first), each.deployment(), list[Exception]()
        each.lose_answer(operation)

        prepared = prepare(each.kind, deployment, stable, crashes)

        settle(each.kind, each.target, Change(revision=prepared.revision))
        assert each.kind.confirm(deployment, prepared.revision, stable, MASKING)
        assert prepare(each.kind, deployment, stable) == prepared
        crashed |= {operation} if crashes else set()
    assert crashed == set(harness.preparing)


def somebody_makes_another(harness: Harness, others: list[str]) -> None:
    others.append(harness.make(OTHER))


def test_what_somebody_else_changes_meanwhile_never_gets_into_the_revision(harness: Harness) -> None:
    changed = set()
    for operation, is_first in product(harness.preparing, firsts(harness)):
        each, others = type(harness)(), list[str]()
        stable, deployment = found(each, is_first=is_first), each.deployment()
        each.before(operation, partial(somebody_makes_another, each, others))

        revision = make_ready(each.kind, deployment, stable)

        assert each.kind.confirm(deployment, revision, stable, MASKING)
        assert each.kind.digest(each.target, revision) == NEW
        changed |= {operation} if others else set()
    assert changed == set(harness.preparing)


@pytest.mark.needs("slow")
@FIRST_OR_NEXT
@pytest.mark.parametrize("looks", [0, 1, 3])
def test_a_slow_change_is_waited_for_by_asking_again(harness: Harness, is_first: bool, looks: int) -> None:
    stable, deployment = found(harness, is_first=is_first), harness.deployment()
    harness.be_slow(looks)

    prepared = prepare(harness.kind, deployment, stable)

    assert settle(harness.kind, harness.target, Change(revision=prepared.revision)) == looks
    assert harness.kind.confirm(deployment, prepared.revision, stable, MASKING)


@pytest.mark.needs("slow")
def test_what_has_only_begun_is_pending(harness: Harness) -> None:
    harness.be_slow(2)

    with pytest.raises(TargetPendingError):
        harness.kind.prepare(harness.deployment(), None, lambda: None, is_retry=False)
    with pytest.raises(TargetPendingError):
        harness.kind.prepare(harness.deployment(), None, lambda: None, is_retry=True)


@pytest.mark.parametrize(
    "found_on",
    [None, pytest.param({OTHER: 5.0}, marks=pytest.mark.needs("splits_traffic", "splits of others"))],
    ids=["whole", "split"],
)
def test_preparing_never_touches_the_traffic(harness: Harness, found_on: dict[str, float] | None) -> None:
    stable = harness.stable()
    routing = Routing(stable.revision, {harness.make(digest): weight for digest, weight in (found_on or {}).items()})
    harness.route(routing)
    before, token = len(harness.routes()), read(harness.kind, harness.target)[1]

    make_ready(harness.kind, harness.deployment(), stable)

    assert len(harness.routes()) == before
    assert read(harness.kind, harness.target) == (routing, token)


def test_a_revision_that_is_this_release_already_is_found_unchanged(harness: Harness) -> None:
    stable = harness.stable(NEW)

    prepared = prepare(harness.kind, harness.deployment(NEW), stable)

    assert prepared == Prepared(stable.revision, PreparationOutcome.UNCHANGED)
    assert harness.changes() == 0


def test_the_same_artifact_with_another_configuration_is_another_revision(harness: Harness) -> None:
    stable = harness.stable(NEW)
    harness.corrupt_configuration(stable.revision)

    prepared = prepare(harness.kind, harness.deployment(NEW), stable)

    assert prepared.outcome is PreparationOutcome.PUBLISHED
    assert prepared.revision != stable.revision


@pytest.mark.needs("fail")
@pytest.mark.parametrize("looks", [0, 2])
def test_a_change_that_fails_ends_this_deployment_and_hinders_no_later_one(harness: Harness, looks: int) -> None:
    stable = harness.stable()
    harness.be_slow(looks)
    harness.fail_next()

    with pytest.raises(TargetFailedError):
        make_ready(harness.kind, harness.deployment(), stable)

    revision = make_ready(harness.kind, harness.deployment(), stable)
    assert harness.kind.digest(harness.target, revision) == NEW


def test_a_release_whose_artifact_is_gone_is_not_prepared(harness: Harness) -> None:
    stable = harness.stable()
    harness.lose_artifact(NEW)

    with pytest.raises(ArtifactNotFoundError):
        make_ready(harness.kind, harness.deployment(), stable)


def test_a_revision_that_failed_never_settles(harness: Harness) -> None:
    harness.stable()
    revision = harness.make(NEW)
    harness.fail(revision)

    with pytest.raises(TargetFailedError):
        harness.kind.is_settled(harness.target, Change(revision=revision))


def test_a_revision_that_is_gone_never_settles_and_is_not_confirmed(harness: Harness) -> None:
    stable, revision = harness.stable(), harness.make(NEW)
    harness.remove(revision)

    with pytest.raises(TargetNotFoundError):
        harness.kind.is_settled(harness.target, Change(revision=revision))
    with pytest.raises(TargetNotFoundError):
        harness.kind.confirm(harness.deployment(), revision, stable, MASKING)


@pytest.mark.needs("first deployments")
def test_nothing_is_created_once_the_target_is_no_longer_held(harness: Harness) -> None:
    def lost() -> None:
        raise LeaseLostError

    with pytest.raises(LeaseLostError):
        harness.kind.prepare(harness.deployment(), None, lost, is_retry=False)
    assert harness.changes() == 0
