"""CheckDrift: once a day, people and automation hear of what changed, and of nothing twice."""

from typing import Any

import pytest

from gantry.aws import board_keys
from gantry.handlers import entry
from gantry.handlers.event_rules import check_drift
from gantry.promotion.drift.record import DriftRecord
from gantry.promotion.errors import NotificationError
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from gantry.promotion.traffic import Routing
from gantry.use_cases.services import Services
from tests.unit.handlers.manifests import upload
from tests.unit.handlers.outages import without_topic
from tests.unit.handlers.payloads import OTHER_TARGET, TARGET, Said, Told, invoke
from tests.unit.handlers.previews import is_live
from tests.unit.handlers.records import record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")


@pytest.fixture(autouse=True)
def cowsay(bucket: None, ledger: Any, workloads: Workloads) -> None:
    """Version 1 is live on two targets, and their aliases say so."""
    upload()
    for target in (TARGET, OTHER_TARGET):
        is_live(workloads, target=target)
        record_lease(Lease(target, live_for=LiveFor("cowsay", "prod")))


def check() -> Any:
    return invoke(check_drift.handler, {})


def kept() -> DriftRecord:
    (found,) = entry.services().drift_records.all()
    return found


def test_where_all_is_well_nobody_is_told(told: Told, announced: Said) -> None:
    assert check() == {"targets": 2, "out_of_sync": 0, "unknown": 0}
    assert kept().findings == ()
    assert told() == []
    assert announced() == []


def test_drift_is_told_when_it_is_found_and_when_it_has_ended(
    workloads: Workloads, told: Told, announced: Said
) -> None:
    workloads.alias(TARGET).somebody_makes_it(Routing("1", {"2": 5.0}))

    assert check() == {"targets": 2, "out_of_sync": 1, "unknown": 0}

    ((subject, text),) = told()
    assert subject == "Drift: 1 target is not as released, or not to be looked at"
    assert "traffic: 1 expected, 1 with 5 % on 2 found" in text
    assert [each["detail-type"] for each in announced()] == ["Promotion Drift Found"]
    assert [each.target_id for each in kept().findings] == [TARGET.id]

    check()
    assert len(told()) == 1
    workloads.alias(TARGET).somebody_makes_it(Routing("1"))
    check()
    subject, _ = told()[-1]
    assert subject == "Drift: what was found has ended"
    assert kept().findings == ()
    check()
    assert len(told()) == 2
    assert [each["detail-type"] for each in announced()] == ["Promotion Drift Ended"]


def test_an_account_that_does_not_answer_is_told_too(workloads: Workloads, told: Told) -> None:
    workloads.closed.add(TARGET.account)
    assert check() == {"targets": 2, "out_of_sync": 0, "unknown": 2}
    ((_, text),) = told()
    assert text.count("is UNKNOWN") == 2


def test_what_could_not_be_told_is_told_by_the_next_run(workloads: Workloads, told: Told, services: Services) -> None:
    workloads.alias(TARGET).somebody_makes_it(Routing("2"))
    topic = services.topic
    without_topic(services)
    with pytest.raises(NotificationError):
        check()
    vars(services)["topic"] = topic
    assert entry.services().drift_records.all() == []
    check()
    assert len(told()) == 1


def test_what_is_not_live_any_more_has_ended(workloads: Workloads, told: Told, ledger: Any) -> None:
    workloads.alias(TARGET).somebody_makes_it(Routing("2"))
    check()
    for item in ledger.scan()["Items"]:
        if item["pk"] != board_keys.BOARD:
            ledger.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})

    assert check()["targets"] == 0

    subject, _ = told()[-1]
    assert subject == "Drift: what was found has ended"
    assert kept().findings == ()
