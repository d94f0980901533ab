"""What `draft` promises, whatever the kind. A kind without a draft returns no settings."""

import pytest

from gantry.promotion.difference import group_of
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import make_ready
from tests.unit.targets.contract.harness import SECRET, Harness
from tests.unit.targets.contract.test_preparing import FIRST_OR_NEXT


@FIRST_OR_NEXT
def test_what_a_release_takes_from_a_draft_is_what_its_revision_then_has(harness: Harness, is_first: bool) -> None:
    stable, deployment = None if is_first else harness.stable(), harness.deployment()

    draft = harness.kind.draft(harness.target, deployment.configuration, MASKING)
    revision = make_ready(harness.kind, deployment, stable)

    assert draft.items() <= harness.kind.confirm(deployment, revision, stable, MASKING).items()


@FIRST_OR_NEXT
def test_nothing_that_the_manifest_sets_comes_from_a_draft(harness: Harness, is_first: bool) -> None:
    if not is_first:
        harness.stable()

    draft = harness.kind.draft(harness.target, harness.configuration, MASKING)

    given = {group_of(key) for key in (*harness.schema.mask(harness.configuration, MASKING), *harness.target.settings)}
    assert not {group_of(key) for key in draft} & given
    assert SECRET not in str(draft)


def test_looking_at_a_draft_changes_nothing(harness: Harness) -> None:
    harness.kind.draft(harness.target, harness.configuration, MASKING)
    harness.stable()
    harness.kind.draft(harness.target, harness.configuration, MASKING)

    assert harness.changes() == 0


@pytest.mark.parametrize(
    "is_first", [pytest.param(True, marks=pytest.mark.needs("can_create")), False], ids=["first", "next"]
)
def test_an_inspection_finds_the_same_draft(harness: Harness, is_first: bool) -> None:
    if not is_first:
        harness.stable()
    deployment = harness.deployment()

    draft = harness.kind.draft(harness.target, deployment.configuration, MASKING)

    assert harness.kind.inspect(deployment, MASKING).draft == draft
