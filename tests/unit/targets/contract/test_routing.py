"""What `routing`, `route` and `is_settled` promise, whatever the kind."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ReadTimeoutError

from gantry.promotion.errors import TargetChangedError, TargetConflictError, TargetNotFoundError
from gantry.promotion.traffic import Routing
from gantry.targets.kind import Change
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import make_ready, prepare, read, route, send, settle, share, write
from tests.unit.targets.contract.harness import OTHER, Harness


@pytest.fixture
def foreign(harness: Harness, canary: str) -> Routing:
    """Where somebody else sends the traffic, to a revision of their own."""
    del canary
    return Routing(harness.make(OTHER))


def test_a_target_that_takes_no_traffic_has_no_routing(harness: Harness) -> None:
    assert harness.kind.routing(harness.target) is None


@pytest.mark.needs("splits_traffic")
@pytest.mark.parametrize("weight", [1.0, 7.0, 50.0, 99.0])
def test_a_share_of_the_traffic_is_read_back_as_it_was_given(
    harness: Harness, stable: str, canary: str, weight: float
) -> None:
    split = Routing(stable, {canary: weight})

    send(harness, split)

    assert read(harness.kind, harness.target)[0] == split


@pytest.mark.needs("splits_traffic")
def test_no_share_is_left_behind_when_one_revision_gets_all(harness: Harness, stable: str, canary: str) -> None:
    send(harness, Routing(stable, {canary: 50.0}))

    send(harness, Routing(canary))

    assert read(harness.kind, harness.target)[0] == Routing(canary)


@pytest.mark.needs("slow", "one write")
@pytest.mark.parametrize(
    "change",
    [lambda _, routing: Change(routing=routing), Change],
    ids=["the traffic", "the revision and the traffic"],
)
def test_a_routing_that_is_on_its_way_is_asked_for_until_it_has_arrived(
    harness: Harness, stable: str, canary: str, change: Callable[[str, Routing], Change]
) -> None:
    harness.be_slow(3)
    split, (_, token) = share(harness, stable, canary), read(harness.kind, harness.target)

    harness.kind.route(harness.target, split, token)

    assert read(harness.kind, harness.target)[0] == split
    assert settle(harness.kind, harness.target, change(canary, split)) == (3 if harness.slow_routing else 0)


def test_a_write_that_is_repeated_does_no_harm(harness: Harness, stable: str, canary: str) -> None:
    split, (_, token) = share(harness, stable, canary), read(harness.kind, harness.target)

    write(harness, split, token)
    write(harness, split, token)

    assert read(harness.kind, harness.target)[0] == split
    assert harness.routes().count(split) == 1


@pytest.mark.needs("one write")
def test_a_write_whose_answer_was_lost_is_repeated_without_harm(harness: Harness, stable: str, canary: str) -> None:
    split, (_, token) = share(harness, stable, canary), read(harness.kind, harness.target)
    harness.lose_answer()

    with pytest.raises(ReadTimeoutError):
        harness.kind.route(harness.target, split, token)
    harness.kind.route(harness.target, split, token)

    assert read(harness.kind, harness.target)[0] == split


@pytest.mark.needs("can_create")
def test_the_first_write_is_repeated_without_harm(harness: Harness) -> None:
    first = Routing(make_ready(harness.kind, harness.deployment(), None))
    harness.lose_answer()

    with pytest.raises(ReadTimeoutError):
        harness.kind.route(harness.target, first, None)
    harness.kind.route(harness.target, first, None)

    assert harness.routes() == [first]


@pytest.mark.needs("can_create")
def test_a_first_write_leaves_alone_what_somebody_else_created(harness: Harness) -> None:
    revision = make_ready(harness.kind, harness.deployment(), None)
    foreign = Routing(harness.make(OTHER))
    harness.route(foreign)

    with pytest.raises(TargetChangedError):
        harness.kind.route(harness.target, Routing(revision), None)

    assert harness.routes() == [foreign]


def test_a_foreign_change_since_the_reading_is_noticed_and_left_alone(
    harness: Harness, stable: str, canary: str, foreign: Routing
) -> None:
    _, token = read(harness.kind, harness.target)
    harness.route(foreign)

    with pytest.raises(TargetChangedError):
        route(harness, share(harness, stable, canary), token)

    assert harness.routes()[-1] == foreign


def test_a_foreign_change_there_and_back_is_noticed_too(
    harness: Harness, stable: str, canary: str, foreign: Routing
) -> None:
    before, token = read(harness.kind, harness.target)
    harness.route(foreign)
    harness.route(before)

    with pytest.raises(TargetChangedError):
        route(harness, share(harness, stable, canary), token)

    assert harness.routes()[-1] == before


def test_a_foreign_change_after_any_comparison_is_noticed_and_kept_by_a_kind_with_compare_and_set(
    harness: Harness, stable: str, canary: str, foreign: Routing
) -> None:
    _, token = read(harness.kind, harness.target)
    harness.before_routing(lambda: harness.route(foreign))

    with pytest.raises(TargetChangedError):
        route(harness, share(harness, stable, canary), token)

    is_kept = read(harness.kind, harness.target)[0] == foreign
    assert is_kept or not harness.kind.capabilities.compare_and_set


def test_a_target_that_is_gone_is_not_created_again(harness: Harness, stable: str) -> None:
    _, token = read(harness.kind, harness.target)
    harness.remove_target()

    with pytest.raises(TargetNotFoundError):
        harness.kind.route(harness.target, Routing(stable), token)

    assert harness.kind.routing(harness.target) is None


def test_no_traffic_goes_to_a_revision_that_is_gone(harness: Harness, stable: str, canary: str) -> None:
    before, token = read(harness.kind, harness.target)
    harness.remove(canary)

    with pytest.raises(TargetNotFoundError):
        route(harness, share(harness, stable, canary), token)

    assert read(harness.kind, harness.target) == (before, token)


@pytest.mark.needs("slow")
def test_no_traffic_goes_to_a_revision_that_is_not_ready(harness: Harness, stable: str) -> None:
    before, token = read(harness.kind, harness.target)
    harness.be_slow(2)
    canary = prepare(
        harness.kind, harness.deployment(), harness.kind.inspect(harness.deployment(), MASKING).stable
    ).revision

    with pytest.raises(TargetConflictError):
        route(harness, share(harness, stable, canary), token)

    assert read(harness.kind, harness.target) == (before, token)
