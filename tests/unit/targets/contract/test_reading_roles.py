"""With which role the program of a target reads what its configuration refers to, whatever the kind."""

from gantry.promotion.target import Target
from gantry.targets.reading_kind import ReadingKind
from tests.unit.targets.contract.harness import Harness


def role_of(harness: Harness, target: Target) -> str | None:
    return harness.kind.reading_role(target) if isinstance(harness.kind, ReadingKind) else None


def test_a_program_reads_with_the_role_that_it_runs_with(harness: Harness) -> None:
    harness.stable()
    assert role_of(harness, harness.target) == harness.reading_role


def test_asking_for_the_role_changes_nothing(harness: Harness) -> None:
    harness.stable()
    before = harness.changes()
    role_of(harness, harness.target)
    assert harness.changes() == before


def test_a_target_that_does_not_exist_and_names_no_role_has_none(harness: Harness) -> None:
    assert role_of(harness, harness.uncreatable) is None
