"""Somebody deletes the live key of a target whose revisions are still there: it can be brought back."""

from dataclasses import asdict
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.handlers.deployment_machine import record_release
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.registry import RegisteredKinds
from gantry.use_cases.rollback.rehearse_rollback import RehearsalRequest, rehearse_rollback
from gantry.use_cases.traffic_changes import seize_traffic
from tests.unit.handlers.payloads import ROLLBACK, TARGET, as_json, deployment_input, invoke, payload
from tests.unit.handlers.records import BEFORE, lease, live, record_lease, record_live
from tests.unit.handlers.rollbacks import restore
from tests.unit.handlers.workloads import Workloads
from tests.unit.targets.contract.contents import CONTENTS, NEW, OLD
from tests.unit.targets.contract.s3_harness import BUCKET, SingleObjectHarness

pytestmark = pytest.mark.usefixtures("ledger", "told")


@pytest.fixture
def deleted(workloads: Workloads) -> SingleObjectHarness:
    """The ledger knows two releases, and the live key was deleted."""
    harness = SingleObjectHarness()
    older, newer = (
        LiveRevision(found.revision, found.digest, BEFORE, sequence=number)
        for number, found in enumerate(map(harness.stable, (OLD, NEW)), 1)
    )
    record_live(Live("cowsay", "prod", harness.target, newer, (older,), sequence=2))
    vars(entry.services()).update(kinds=RegisteredKinds({"s3": lambda: harness.kind, "lambda": workloads.kind}))
    workloads.executions.running.add(ROLLBACK)
    harness.remove_target()
    return harness


def content(harness: SingleObjectHarness) -> bytes | None:
    found = harness.s3.current(BUCKET, "glue/etl.py")
    return found.body if found else None


def recorded(harness: SingleObjectHarness) -> Live:
    found = entry.services().ledger.live_on("cowsay", "prod", harness.target)
    assert found
    return found


def test_a_rollback_writes_the_release_before_again(deleted: SingleObjectHarness) -> None:
    (answer,) = restore()["restored"]
    assert content(deleted) == CONTENTS[OLD]
    assert answer["restore_point"]["previous_routing"] == "nothing"


def test_a_rollback_that_names_the_deleted_release_writes_that_again(deleted: SingleObjectHarness) -> None:
    restore(version=recorded(deleted).current.revision)
    assert content(deleted) == CONTENTS[NEW]


def test_what_was_written_again_meanwhile_is_left_alone(deleted: SingleObjectHarness) -> None:
    stable = recorded(deleted).lineage[0].revision
    deleted.before_routing(lambda: deleted.s3.write(BUCKET, "glue/etl.py", b"by hand"))
    with pytest.raises(Exception, match="somebody else made it"):
        seize_traffic(deleted.kind, deleted.target, lambda _: Routing(stable))
    assert content(deleted) == b"by hand"


def test_a_rehearsal_finds_the_way_back_and_changes_nothing(deleted: SingleObjectHarness) -> None:
    found = rehearse_rollback(RehearsalRequest("cowsay", "prod"), 10, entry.services())
    assert [(each.revision, each.problem) for each in found.targets] == [(recorded(deleted).lineage[0].revision, None)]
    assert content(deleted) is None


def release_without_a_way_back(target: Target) -> None:
    record_lease(lease(target=target))
    deployment = deployment_input(target=as_json(asdict(target)))
    sent: dict[str, Any] = {"revision": "9", "outcome": "created", "stable": None, "configuration": {}, "verdicts": []}
    invoke(record_release.handler, payload("RecordRelease", deployment=deployment, **sent))


def test_the_next_release_keeps_the_way_back_to_those_before(deleted: SingleObjectHarness) -> None:
    before = recorded(deleted)
    release_without_a_way_back(deleted.target)
    after = recorded(deleted)
    assert (after.current.revision, after.current.sequence) == ("9", 3)
    assert after.lineage == (before.current, *before.lineage)


@pytest.mark.usefixtures("deleted")
def test_where_revisions_may_go_with_their_target_the_next_release_begins_anew() -> None:
    record_live(live(7, 6))
    release_without_a_way_back(TARGET)
    found = entry.services().ledger.live_on("cowsay", "prod", TARGET)
    assert found
    assert (found.current.sequence, found.lineage) == (1, ())
