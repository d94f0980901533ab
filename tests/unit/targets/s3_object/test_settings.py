"""Metadata that others change on the live key in place, and what brings it back."""

from copy import deepcopy

import pytest

from gantry.promotion.difference import changes
from gantry.promotion.traffic import Routing
from gantry.targets.s3_object.object_target import ObjectTarget
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import send_back
from tests.unit.targets.contract.harness import OTHER
from tests.unit.targets.contract.s3_harness import BUCKET, PointerHarness, SingleObjectHarness

FORMS = pytest.mark.parametrize("harness", [SingleObjectHarness, PointerHarness])


def key_of(harness: SingleObjectHarness) -> str:
    return ObjectTarget.of(harness.target).key


@FORMS
def test_metadata_that_others_change_in_place_is_found_and_brought_back(harness: type[SingleObjectHarness]) -> None:
    """As the console does it: the object is copied onto itself, and keeps all else."""
    each = harness()
    revision = each.stable().revision
    send_back(each, revision)
    before = each.kind.settings(each.target, revision, MASKING)
    live = each.s3.buckets[BUCKET].objects[key_of(each)][-1]
    each.s3.write(BUCKET, key_of(each), live.body, **deepcopy(live.given) | {"CacheControl": "no-store"})

    found = each.kind.settings(each.target, revision, MASKING)

    assert before is not None
    assert found is not None
    assert [(one.key, one.after) for one in changes(before, found)] == [("metadata.cache-control", "no-store")]
    routing = each.kind.routing(each.target)
    assert routing
    assert routing[0] == Routing(revision), "where the traffic goes says nothing of it"

    _, token = routing
    each.kind.route(each.target, Routing(revision), token)
    assert each.kind.settings(each.target, revision, MASKING) == before


@FORMS
def test_what_others_wrote_has_its_own_metadata(harness: type[SingleObjectHarness]) -> None:
    each = harness()
    each.stable()
    each.s3.write(BUCKET, key_of(each), b"no JSON", CacheControl="max-age=1", ContentType="text/x", Metadata={})
    found = each.kind.routing(each.target)
    assert found
    assert each.kind.settings(each.target, found[0].revision, MASKING) == {
        "metadata.cache-control": "max-age=1",
        "metadata.content-type": "text/x",
    }
    assert each.kind.digest(each.target, found[0].revision) != OTHER
