"""What `confirm` promises, whatever the kind."""

import pytest

from gantry.promotion.errors import RevisionMismatchError, TargetFailedError, TargetPendingError
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import make_ready, prepare
from tests.unit.targets.contract.harness import OTHER, SECRET, Harness


def test_a_revision_with_another_artifact_is_not_confirmed(harness: Harness) -> None:
    stable = harness.stable()
    revision = make_ready(harness.kind, harness.deployment(), stable)
    assert harness.kind.confirm(harness.deployment(), revision, stable, MASKING)
    harness.corrupt_artifact(revision)

    with pytest.raises(RevisionMismatchError):
        harness.kind.confirm(harness.deployment(), revision, stable, MASKING)


def test_a_revision_with_another_configuration_is_not_confirmed(harness: Harness) -> None:
    stable = harness.stable()
    revision = make_ready(harness.kind, harness.deployment(), stable)
    harness.corrupt_configuration(revision)

    with pytest.raises(RevisionMismatchError) as raised:
        harness.kind.confirm(harness.deployment(), revision, stable, MASKING)
    assert SECRET[1:] not in str(raised.value)


def test_the_settings_of_a_revision_are_shown_without_its_secrets(harness: Harness) -> None:
    stable = harness.stable()
    revision = make_ready(harness.kind, harness.deployment(), stable)

    shown = harness.kind.confirm(harness.deployment(), revision, stable, MASKING)

    assert "Moo" in shown.values()
    assert SECRET not in str(shown)


def test_what_approvers_were_shown_is_recorded_so_that_the_next_ones_see_no_change_of_it(harness: Harness) -> None:
    stable = harness.stable()
    revision = make_ready(harness.kind, harness.deployment(), stable)

    recorded = harness.kind.confirm(harness.deployment(), revision, stable, MASKING)

    shown = {**harness.schema.mask(harness.configuration, MASKING), **harness.target.settings}
    assert shown.items() <= recorded.items()


@pytest.mark.needs("slow")
def test_a_new_revision_is_not_confirmed_before_it_can_take_traffic(harness: Harness) -> None:
    stable = harness.stable()
    prepared = prepare(harness.kind, harness.deployment(), stable)
    harness.be_slow(1)
    slow = prepare(harness.kind, harness.deployment(OTHER), stable)

    assert harness.kind.confirm(harness.deployment(), prepared.revision, stable, MASKING, is_new=True)
    with pytest.raises(TargetPendingError):
        harness.kind.confirm(harness.deployment(OTHER), slow.revision, stable, MASKING, is_new=True)
    assert harness.kind.confirm(harness.deployment(OTHER), slow.revision, stable, MASKING, is_new=True)


def test_a_new_revision_that_has_failed_is_never_confirmed(harness: Harness) -> None:
    stable = harness.stable()
    revision = make_ready(harness.kind, harness.deployment(), stable)
    harness.fail(revision)

    with pytest.raises(TargetFailedError):
        harness.kind.confirm(harness.deployment(), revision, stable, MASKING, is_new=True)
