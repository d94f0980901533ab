"""What is the kind `memory`'s own, besides what the contract suite shows of every kind."""

from dataclasses import replace

import pytest

from gantry.promotion.errors import TargetChangedError
from gantry.promotion.traffic import Routing
from gantry.targets.kind import Change
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import make_ready, read
from tests.unit.targets.contract.harness import NEW, OTHER
from tests.unit.targets.contract.memory_harness import SETTINGS, MemoryHarness
from tests.unit.targets.memory.service import MemoryService


@pytest.fixture
def harness() -> MemoryHarness:
    return MemoryHarness()


def test_nothing_can_be_concluded_from_the_names_of_revisions() -> None:
    service = MemoryService()

    names = [service.deploy("cowsay", NEW, {}) for _ in range(20)]

    assert len(set(names)) == 20
    assert names != sorted(names)
    assert names != sorted(names, reverse=True)
    assert not any(name.isdigit() for name in names)


def test_settings_that_a_manifest_does_not_give_stay_as_the_stable_revision_has_them(harness: MemoryHarness) -> None:
    deployment = replace(harness.deployment(), configuration={})

    first = make_ready(harness.kind, deployment, None)
    assert (
        harness.kind.confirm(deployment, first, None, MASKING)
        == harness.schema.mask({"settings": {}}, MASKING)
        == {"settings": "none"}
    )

    stable = harness.stable()
    second = make_ready(harness.kind, deployment, stable)
    assert harness.kind.confirm(deployment, second, stable, MASKING) == harness.schema.mask(
        {"settings": SETTINGS}, MASKING
    )
    assert harness.schema.mask({}, MASKING) == {}


def test_a_move_that_somebody_else_replaced_on_its_way_never_arrives(harness: MemoryHarness) -> None:
    stable = Routing(harness.stable().revision)
    ours, theirs = Routing(harness.make(NEW)), Routing(harness.make(OTHER))
    harness.be_slow(2)
    harness.kind.route(harness.target, ours, read(harness.kind, harness.target)[1])
    harness.route(theirs)

    looks = [harness.kind.is_settled(harness.target, Change(routing=ours)) for _ in range(5)]

    assert looks == [False] * 5
    assert harness.routes() == [stable, ours, theirs]


def test_a_write_that_was_overwritten_is_named_in_the_error(harness: MemoryHarness) -> None:
    harness.stable()
    ours, theirs = Routing(harness.make(NEW)), Routing(harness.make(OTHER))
    harness.before_routing(lambda: harness.route(theirs))

    with pytest.raises(TargetChangedError, match="has overwritten"):
        harness.kind.route(harness.target, ours, read(harness.kind, harness.target)[1])
