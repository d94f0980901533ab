"""What `inspect` and `digest` promise, whatever the kind."""

from dataclasses import replace

import pytest

from gantry.promotion.errors import IncompatibleTargetError, TargetNotFoundError
from gantry.promotion.traffic import Routing
from tests.unit.masked import MASKING
from tests.unit.targets.contract.harness import OLD, OTHER, Harness


def test_inspecting_finds_the_routing_and_the_artifact_of_its_primary_revision(harness: Harness) -> None:
    stable = harness.stable()
    found = harness.kind.inspect(harness.deployment(), MASKING)
    assert (found.routing, found.stable) == (Routing(stable.revision), stable)


@pytest.mark.needs("splits_traffic", "leftovers")
def test_inspecting_a_split_finds_it_and_the_primary_revision(harness: Harness) -> None:
    stable = harness.stable()
    split = Routing(stable.revision, {harness.make(OTHER): 5.0})
    harness.route(split)
    found = harness.kind.inspect(harness.deployment(), MASKING)
    assert (found.routing, found.stable) == (split, stable)


def test_inspecting_changes_nothing(harness: Harness) -> None:
    if harness.kind.capabilities.can_create:
        harness.kind.inspect(harness.deployment(), MASKING)
    harness.stable()
    harness.kind.inspect(harness.deployment(), MASKING)

    assert harness.changes() == 0


def test_a_target_that_may_not_be_created_is_not_found(harness: Harness) -> None:
    deployment = harness.deployment()
    forbidden = replace(deployment, target=harness.uncreatable)

    with pytest.raises(TargetNotFoundError):
        harness.kind.inspect(forbidden, MASKING)


def test_a_release_that_the_target_cannot_run_is_refused_before_anything_is_changed(harness: Harness) -> None:
    harness.stable()
    harness.refuse_architecture()

    with pytest.raises(IncompatibleTargetError):
        harness.kind.inspect(harness.deployment(), MASKING)


def test_the_digest_of_a_revision_is_that_of_its_artifact(harness: Harness) -> None:
    revision = harness.stable().revision

    assert harness.kind.digest(harness.target, revision) == OLD


def test_a_revision_that_is_gone_has_no_digest(harness: Harness) -> None:
    harness.stable()
    revision = harness.make(OTHER)
    harness.remove(revision)

    assert harness.kind.digest(harness.target, revision) is None


def test_a_target_that_does_not_exist_has_no_revision(harness: Harness) -> None:
    elsewhere = type(harness)()
    revision = elsewhere.stable().revision
    assert elsewhere.kind.digest(elsewhere.target, revision)
    assert harness.kind.digest(harness.target, revision) is None


def test_every_name_of_a_revision_can_be_given_by_a_person(harness: Harness) -> None:
    assert harness.kind.can_be_revision(harness.stable().revision)
