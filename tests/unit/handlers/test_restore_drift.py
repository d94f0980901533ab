"""CheckDrift: where the manifest says restore, a promotion of what is live is started, once, and never in the way."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.handlers.event_rules import check_drift
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.deployment import StateEntry
from gantry.promotion.drift.record import DriftFinding
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from gantry.promotion.release import Release
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.use_cases.drift import restore_drift
from gantry.use_cases.services import Services
from gantry.use_cases.start_promotion import recorded_request
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import OLD_DIGEST, OTHER_TARGET, PROMOTION, TARGET, Said, Told, invoke
from tests.unit.handlers.previews import is_live
from tests.unit.handlers.records import contender, record_lease, record_live, record_quarantine, record_running
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")
RESTORING = f"{MANIFEST}drift: {{restore: true}}\n"


class Started:
    """The promotion machine, as far as it is started."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}

    def start_once(self, machine: str, name: str, value: Any) -> bool:
        is_new = name not in self.given
        self.given.setdefault(name, value)
        return is_new


@pytest.fixture
def started(services: Services) -> Started:
    found = Started()
    vars(services)["executions"] = found
    return found


def release(workloads: Workloads, revision: str, target: Target = TARGET) -> None:
    """Version 1 is live with this revision of the manifest."""
    is_live(workloads, target=target)
    record_lease(Lease(target, live_for=LiveFor("cowsay", "prod")))
    (known,) = [each for each in entry.services().ledger.live("cowsay") if each.target == target]
    record_live(replace(known, current=replace(known.current, manifest_revision=revision)))


@pytest.fixture(autouse=True)
def cowsay(bucket: None, ledger: Any, workloads: Workloads) -> str:
    """It is live as the newest manifest says, which lets Gantry restore, and somebody has moved the alias."""
    revision = upload(RESTORING)
    release(workloads, revision)
    workloads.alias(TARGET).somebody_makes_it(Routing("2"))
    return revision


def check() -> DriftFinding:
    """Check, and return what is kept of the target."""
    invoke(check_drift.handler, {})
    (record,) = entry.services().drift_records.all()
    return record.by_target[TARGET.id]


def test_what_is_live_is_promoted_again_into_exactly_that_environment(
    started: Started, told: Told, announced: Said
) -> None:
    found = check()

    ((name, given),) = started.given.items()
    assert name.startswith("drift-")
    assert given == {"repository": "cowsay", "tag": "before", "digest": OLD_DIGEST, "environments": ("prod",)}
    assert found.restored_by == f"arn:aws:states:us-east-1:111111111111:execution:gantry-promotion:{name}"
    ((_, text),) = told()
    assert f"Gantry restores it, as its manifest says: {found.restored_by}" in text
    (event,) = announced()
    assert event["detail"]["restored_by"] == found.restored_by


def test_its_record_says_that_gantry_has_started_it(started: Started) -> None:
    execution = check().restored_by
    assert execution
    (record,) = entry.services().drift_records.all()
    state = StateEntry(execution, datetime.fromisoformat(record.at))
    request = recorded_request(state, entry.services())
    assert request
    assert (request.is_manual, request.is_verified, request.digest) == (True, True, OLD_DIGEST)
    assert request.started_by == "Gantry, which restores what others have changed"


def test_the_same_drift_is_restored_once(started: Started, told: Told) -> None:
    first = check()
    assert check() == first
    assert len(started.given) == 1
    assert len(told()) == 1


def test_the_same_drift_that_came_back_is_not_restored_a_second_time(
    started: Started, workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    check()
    workloads.alias(TARGET).somebody_makes_it(Routing("1"))
    invoke(check_drift.handler, {})
    workloads.alias(TARGET).somebody_makes_it(Routing("2"))
    monkeypatch.setattr(restore_drift, "_SAME_CHECK", timedelta(0))  # as if a day had passed
    found = check()
    assert found.restored_by is None
    assert "has tried it before" in str(found.not_restored)


def test_other_drift_after_it_is_restored_too(started: Started, workloads: Workloads) -> None:
    check()
    workloads.alias(TARGET).somebody_makes_it(Routing("3"))
    check()
    assert len(started.given) == 2


def test_without_the_key_nothing_is_started(started: Started, cowsay: str, workloads: Workloads) -> None:
    release(workloads, upload())
    workloads.alias(TARGET).somebody_makes_it(Routing("9"))
    found = check()
    assert (found.restored_by, found.not_restored, started.given) == (None, None, {})


def not_restored(started: Started) -> str:
    found = check()
    assert (found.restored_by, started.given) == (None, {})
    return str(found.not_restored)


def test_a_manifest_that_waits_for_a_release_is_not_released_by_it(started: Started, told: Told) -> None:
    upload(RESTORING.replace("cowsay-errors", "other-errors"))
    assert "a newer manifest waits for a release there" in not_restored(started)
    ((_, text),) = told()
    assert "Gantry does not restore it, although its manifest says so: a newer manifest" in text
    assert "puts it right: gantry " in text


def test_a_digest_in_quarantine_is_not_restored(started: Started) -> None:
    record_quarantine(OLD_DIGEST)
    assert "is quarantined" in not_restored(started)


def test_a_release_on_its_way_goes_first(started: Started) -> None:
    digest = "sha256:" + "c" * 64
    newer = Release("cowsay", Artifact(ArtifactKind.CONTAINER_IMAGE, digest, "cowsay"), "revision-9", "newer")
    running = RunningPromotion(PROMOTION, newer, ("prod",), "2026-11-22T09:00:00.000Z")
    record_running(running)
    assert "is being promoted, and goes first" in not_restored(started)


def test_a_target_of_the_environment_that_cannot_be_looked_at_holds_it_back(
    started: Started, cowsay: str, workloads: Workloads
) -> None:
    release(workloads, cowsay, OTHER_TARGET)
    record_lease(Lease(OTHER_TARGET, live_for=LiveFor("cowsay", "prod"), holder=contender()))
    assert f"{OTHER_TARGET.id} is being deployed to, or could not be looked at" in not_restored(started)


def test_administrators_may_forbid_it(started: Started, services: Services) -> None:
    text = "floors: [{rule: by people, environments: [prod], may_restore_drift: false}]"
    vars(services)["policy_file"].text = text
    assert "the rule by people of the policy file forbids it" in not_restored(started)
