"""What `settings` promises, whatever the kind."""

import pytest

from gantry.promotion.difference import changes
from gantry.promotion.traffic import Routing
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import make_ready, send
from tests.unit.targets.contract.harness import OTHER, SECRET, Harness


def test_a_revision_has_the_settings_that_it_was_confirmed_with(harness: Harness) -> None:
    stable = harness.stable()
    revision = make_ready(harness.kind, harness.deployment(), stable)
    confirmed = harness.kind.confirm(harness.deployment(), revision, stable, MASKING)
    assert confirmed
    assert harness.kind.settings(harness.target, revision, MASKING) == confirmed

    send(harness, Routing(revision))

    assert harness.kind.settings(harness.target, revision, MASKING) == confirmed, "also once it has all traffic"


def test_settings_that_were_changed_are_told_without_secrets(harness: Harness) -> None:
    revision = harness.make(OTHER)
    before = harness.kind.settings(harness.target, revision, MASKING)
    harness.corrupt_configuration(revision)

    after = harness.kind.settings(harness.target, revision, MASKING)

    assert before is not None
    assert after is not None
    assert changes(before, after)
    assert SECRET[1:] not in str(after)


def test_a_revision_that_is_gone_has_no_settings(harness: Harness) -> None:
    harness.stable()
    revision = harness.make(OTHER)
    harness.remove(revision)

    assert harness.kind.settings(harness.target, revision, MASKING) is None


@pytest.mark.needs("splits_traffic", "leftovers")
def test_reading_settings_changes_nothing(harness: Harness) -> None:
    stable = harness.stable()
    harness.kind.settings(harness.target, stable.revision, MASKING)

    assert harness.changes() == 0
