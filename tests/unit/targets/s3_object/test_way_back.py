"""What was live on a target of the kind `s3` can be written again, by the name that it is called."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.deployment import PreparationOutcome, StableRevision
from gantry.promotion.errors import IncompatibleTargetError
from gantry.promotion.traffic import Routing
from gantry.targets.readiness import Readiness
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.targets.s3_object.schema import SCHEMA
from gantry.targets.s3_object.stored_object import metadata_bytes, own_metadata
from tests.unit.masked import MASKING
from tests.unit.targets.contract.contents import NEW, OLD
from tests.unit.targets.contract.driving import prepare, read, send
from tests.unit.targets.contract.s3_harness import BUCKET, PLACE, PointerHarness, SingleObjectHarness, live

FORMS = pytest.mark.parametrize("harness", [SingleObjectHarness, PointerHarness])


def deploy_and_go_back(harness: SingleObjectHarness) -> tuple[StableRevision, str]:
    """Deploy a release over what is live, and restore that; return what was found, and the release's revision."""
    found = harness.kind.inspect(harness.deployment(NEW), MASKING).stable
    assert found
    state = harness.kind.state(harness.target, found.revision)
    assert state
    assert (state.digest, harness.kind.digest(harness.target, found.revision)) == (found.digest, found.digest)
    revision = prepare(harness.kind, harness.deployment(NEW), found).revision
    send(harness, Routing(revision))
    send(harness, Routing(found.revision))
    return found, revision


@FORMS
@pytest.mark.parametrize("loss", ["remove", "fail"])
def test_the_live_version_is_the_way_back_where_its_copy_is_gone(harness: type[SingleObjectHarness], loss: str) -> None:
    each = harness()
    stable = each.stable(OLD)
    before = live(each)
    getattr(each, loss)(stable.revision)
    found, _ = deploy_and_go_back(each)
    assert found == StableRevision(f"version-{before.id}", OLD)
    assert live(each).body == before.body


def test_a_copy_from_elsewhere_with_its_metadata_is_foreign(single: SingleObjectHarness) -> None:
    elsewhere = replace(ObjectTarget.of(single.target), bucket="acme-staging")
    copied = single.s3.write(
        BUCKET, "glue/etl.py", b"new", Metadata=own_metadata(elsewhere, "aaaaaaaaaaaa-bbbbbbbbbbbb", NEW, NEW)
    )
    assert read(single.kind, single.target)[0] == Routing(f"version-{copied.id}")
    assert deploy_and_go_back(single)[0].revision == f"version-{copied.id}"


def other(harness: SingleObjectHarness, keys: Mapping[str, Any]) -> None:
    """Give the manifest other keys for the same live key."""
    place = {key: value for key, value in PLACE.items() if key != "kind"}
    changed = SCHEMA.target({**place, **keys})
    assert changed.id == harness.target.id
    harness.target = changed


@pytest.mark.parametrize(
    ("harness", "keys"),
    [
        (PointerHarness, {"prefix": "elsewhere/", "pointer": {"key": "live.json"}}),
        (PointerHarness, {"key": "live.json"}),
        (SingleObjectHarness, {"prefix": "releases/", "pointer": {"key": "glue/etl.py"}}),
    ],
)
def test_another_prefix_for_the_same_live_key_is_refused_because_the_way_back_lies_below_the_first(
    harness: type[SingleObjectHarness], keys: dict[str, Any]
) -> None:
    each = harness()
    stable = each.stable(OLD)
    other(each, keys)
    with pytest.raises(IncompatibleTargetError, match="Keep the prefix"):
        each.kind.inspect(each.deployment(NEW), MASKING)
    routing, _ = read(each.kind, each.target)
    assert routing == Routing(f"version-{live(each).id}")
    assert each.kind.state(each.target, stable.revision) is None


def test_another_prefix_is_fine_once_the_pointer_was_overwritten_without_gantrys_metadata(many: PointerHarness) -> None:
    many.stable(OLD)
    other(many, {"prefix": "elsewhere/", "pointer": {"key": "live.json"}})
    foreign = many.s3.write(BUCKET, "live.json", live(many).body)
    assert many.kind.inspect(many.deployment(NEW), MASKING).routing == Routing(f"version-{foreign.id}")


def test_a_restored_foreign_version_stays_foreign_to_the_guards_of_its_way_back(single: SingleObjectHarness) -> None:
    single.s3.write(BUCKET, "glue/etl.py", b"theirs")
    deploy_and_go_back(single)
    rule = {"ID": "tidy", "Status": "Enabled", "Prefix": "", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    single.s3.buckets[BUCKET].rules.append(rule)
    with pytest.raises(IncompatibleTargetError, match="older versions"):
        single.kind.inspect(single.deployment(NEW), MASKING)


def test_a_restored_foreign_version_whose_source_is_gone_is_its_own_way_back(single: SingleObjectHarness) -> None:
    first = single.s3.write(BUCKET, "glue/etl.py", b"theirs")
    deploy_and_go_back(single)
    single.s3.buckets[BUCKET].objects["glue/etl.py"].remove(first)
    assert deploy_and_go_back(single)[0].revision != f"version-{first.id}"
    assert live(single).body == b"theirs"


def test_expiry_and_redirect_of_a_foreign_version_come_back_with_it(single: SingleObjectHarness) -> None:
    theirs = {"Expires": "Sun, 01 Dec 2030 16:00:00 GMT", "WebsiteRedirectLocation": "/new"}
    single.s3.write(BUCKET, "glue/etl.py", b"theirs", **theirs)
    deploy_and_go_back(single)
    assert theirs.items() <= live(single).given.items()


def test_a_foreign_version_with_too_much_metadata_to_come_back_is_refused(single: SingleObjectHarness) -> None:
    single.s3.write(BUCKET, "glue/etl.py", b"theirs", Metadata={"note": "x" * 1400}, CacheControl="x" * 1400)
    deploy_and_go_back(single)
    written = live(single).given["Metadata"]
    assert sum(len(f"{name}{value}") for name, value in written.items()) <= 2048
    single.s3.write(BUCKET, "glue/etl.py", b"theirs", Metadata={"note": "x" * 1900})
    with pytest.raises(IncompatibleTargetError, match="metadata"):
        single.kind.inspect(single.deployment(NEW), MASKING)


def test_a_long_keys_own_metadata_fits_beside_the_most_that_a_manifest_may_give() -> None:
    longest = ObjectTarget("222222222222", "us-east-1", "b" * 63, "k" * 256, "p" * 256 + "/")
    own = metadata_bytes(own_metadata(longest, "0" * 12 + "-" + "0" * 12, NEW, NEW))
    for size, problems in ((2048 - own, 1), (1148 - len("ab"), 0)):
        values = {"a": "x" * (size // 2), "b": "x" * (size - size // 2)}
        assert len(list(SCHEMA.configuration_problems({"metadata": values}, artifact=None))) == problems


def test_what_is_live_is_only_unchanged_while_all_its_objects_are_there(many: PointerHarness) -> None:
    stable = StableRevision(prepare(many.kind, many.deployment(NEW), None).revision, NEW)
    many.kind.route(many.target, Routing(stable.revision), None)
    page = f"releases/{NEW.partition(':')[2]}/index.html"
    many.s3.delete(BUCKET, page)
    assert prepare(many.kind, many.deployment(NEW), stable).outcome is not PreparationOutcome.UNCHANGED
    assert many.s3.current(BUCKET, page)
    assert prepare(many.kind, many.deployment(NEW), stable).outcome is PreparationOutcome.UNCHANGED


def test_what_others_put_beside_the_objects_stands_for_none_of_them(many: PointerHarness) -> None:
    revision = many.stable(OLD).revision
    folder = f"releases/{OLD.partition(':')[2]}/"
    many.s3.write(BUCKET, f"{folder}junk.tmp", b"x")
    many.s3.delete(BUCKET, f"{folder}index.html")
    found = many.kind.state(many.target, revision)
    assert found
    assert (found.readiness, "index.html" in found.reason) == (Readiness.BROKEN, True)


def test_readers_of_the_pointer_are_spared_the_list_of_keys(many: PointerHarness) -> None:
    revision = prepare(many.kind, many.deployment(NEW), None).revision
    many.kind.route(many.target, Routing(revision), None)
    assert "keys" not in json.loads(live(many).body)
