"""How the live key of a target of the kind `s3` is written."""

import pytest

from gantry.promotion.deployment import StableRevision
from gantry.promotion.errors import ArtifactNotFoundError, IncompatibleTargetError
from gantry.promotion.traffic import Routing
from gantry.targets.s3_object import single_object
from gantry.targets.s3_object.object_target import ObjectTarget
from tests.unit.masked import MASKING
from tests.unit.targets.contract.contents import CONTENTS, NEW
from tests.unit.targets.contract.driving import prepare, send
from tests.unit.targets.contract.s3_harness import BUCKET, PointerHarness, SingleObjectHarness

FORMS = pytest.mark.parametrize("harness", [SingleObjectHarness, PointerHarness])


@FORMS
def test_no_write_of_the_live_key_is_ever_sent_twice_by_itself(harness: type[SingleObjectHarness]) -> None:
    each = harness()
    key = ObjectTarget.of(each.target).key
    each.s3.write(BUCKET, key, b"by hand")
    found = each.kind.inspect(each.deployment(), MASKING).stable
    assert isinstance(found, StableRevision)
    canary = prepare(each.kind, each.deployment(), found).revision
    each.kind.rehearse(each.target, found.revision)
    send(each, Routing(canary))
    send(each, Routing(found.revision))
    assert each.attempts[key] == {1}


def test_a_single_object_that_a_rollback_cannot_copy_in_time_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    single = SingleObjectHarness()
    monkeypatch.setattr(single_object, "LARGEST_LIVE", len(CONTENTS[NEW]))
    assert single.kind.inspect(single.deployment(NEW), MASKING).routing is None
    monkeypatch.setattr(single_object, "LARGEST_LIVE", len(CONTENTS[NEW]) - 1)
    with pytest.raises(IncompatibleTargetError, match="Put it behind a pointer"):
        single.kind.inspect(single.deployment(NEW), MASKING)


def test_an_artifact_that_is_gone_is_for_the_preparation_to_say() -> None:
    single = SingleObjectHarness()
    single.lose_artifact(NEW)
    assert single.kind.inspect(single.deployment(NEW), MASKING).routing is None
    with pytest.raises(ArtifactNotFoundError):
        prepare(single.kind, single.deployment(NEW), None)


def test_behind_a_pointer_the_size_of_the_artifact_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    many = PointerHarness()
    monkeypatch.setattr(single_object, "LARGEST_LIVE", 0)
    assert many.kind.inspect(many.deployment(NEW), MASKING).routing is None
