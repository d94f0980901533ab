"""The drift report says when infrastructure is gone that the live release needed; the target itself has not changed."""

from dataclasses import replace

import pytest
import yaml

from gantry.handlers import entry
from gantry.handlers.event_rules import check_drift
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import Told, invoke
from tests.unit.handlers.previews import is_live
from tests.unit.handlers.records import record_live
from tests.unit.handlers.test_await_infrastructure import NEEDS, PLACE, QUEUE, REVISION
from tests.unit.handlers.test_look_for_drift import target
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "bucket"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]


@pytest.fixture(autouse=True)
def there(workloads: Workloads) -> None:
    """What prod needs is there."""
    workloads.infrastructure.has(REVISION, "12")
    workloads.infrastructure.has(QUEUE, "https://queue")


def needing() -> str:
    """Upload a manifest whose prod needs something."""
    document = yaml.safe_load(MANIFEST)
    document["environments"][1]["needs"] = NEEDS
    return upload(str(yaml.safe_dump(document)))


def seen(workloads: Workloads, revision: str | None = None) -> tuple[str, str | None]:
    """State and reason of the target on which a release of the newest manifest is live, or of another one."""
    is_live(workloads)
    newest = needing()
    (live,) = entry.services().ledger.live("cowsay")
    record_live(replace(live, current=replace(live.current, manifest_revision=revision or newest)))
    found = target()
    return found["state"], found["reason"]


def test_what_is_there_is_not_spoken_of(workloads: Workloads) -> None:
    assert seen(workloads) == ("SYNCED", None)
    assert workloads.infrastructure.looked_at == [PLACE]


def test_what_is_gone_is_a_reason_beside_in_sync_with_whom_to_ask(workloads: Workloads, told: Told) -> None:
    workloads.infrastructure.has(REVISION, "11")
    assert seen(workloads) == (
        "SYNCED",
        f"Of the infrastructure that it needs, this is not there any more: {REVISION} at least 12 in {PLACE} "
        "(found 11); ask platform@example.com",
    )
    assert invoke(check_drift.handler, {})["out_of_sync"] == 0
    assert told() == []


def test_what_only_a_newer_manifest_needs_is_no_drift(workloads: Workloads) -> None:
    assert seen(workloads, "older") == ("SYNCED", None)
    assert workloads.infrastructure.looked_at == []
