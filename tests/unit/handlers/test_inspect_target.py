"""InspectTarget: what it finds, what it refuses, and what it notes in the lease."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.handlers.deployment_machine import inspect_target
from gantry.promotion.errors import (
    AlarmNotFoundError,
    DraftChangedError,
    IncompatibleTargetError,
    LeaseLostError,
    QuarantinedError,
    TargetAccessError,
    TargetNotFoundError,
)
from gantry.promotion.history import HistoryKind
from gantry.promotion.masking import shown
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from gantry.use_cases.services import Services
from tests.unit.handlers.fake_function import LATEST
from tests.unit.handlers.outages import without_bus
from tests.unit.handlers.payloads import (
    ALARM,
    DEPLOYMENT,
    DIGEST,
    OLD_DIGEST,
    ROLE,
    ROLLBACK,
    TARGET,
    Said,
    deployment_input,
    invoke,
    payload,
    target_input,
    with_role,
)
from tests.unit.handlers.records import contender, held, history, lease, record_lease, record_quarantine
from tests.unit.handlers.workloads import Workloads
from tests.unit.masked import MASKING

WITH_ROLE = with_role(ROLE)
CONFIGURATION = LambdaConfiguration(256, 10, 512, {}, [], ROLE, [], "")
MYSELF = contender(task_token="my token")
FIRST: dict[str, Any] = {"found": None, "stable": None, "alarms_firing": []}


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(lease())


@pytest.fixture(autouse=True)
def alarm(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now[ALARM] = "OK"


def deployed(workloads: Workloads) -> str:
    return workloads.function(TARGET).deployed(OLD_DIGEST, CONFIGURATION)


@pytest.fixture
def stable(workloads: Workloads) -> None:
    """The alias routes to version 1."""
    workloads.alias(TARGET).current = Routing(deployed(workloads))


def inspect(**changed: Any) -> Any:
    return invoke(inspect_target.handler, payload("InspectTarget", deployment=deployment_input(**changed)))


def test_the_stable_version_is_what_the_alias_routes_to(workloads: Workloads) -> None:
    version = deployed(workloads)
    workloads.alias(TARGET).current = Routing(version)
    assert inspect() == {
        "found": {"revision": "1", "weights": {}},
        "stable": {"revision": "1", "digest": OLD_DIGEST},
        "alarms_firing": [],
    }


def test_a_weight_that_was_left_behind_is_reported_and_changes_nothing_about_what_is_stable(
    workloads: Workloads,
) -> None:
    workloads.alias(TARGET).current = Routing(deployed(workloads), {"2": 10.0})
    inspected = inspect()
    assert inspected["found"] == {"revision": "1", "weights": {"2": 10.0}}
    assert inspected["stable"] == {"revision": "1", "digest": OLD_DIGEST}
    assert held().restore_point == RestorePoint("1", OLD_DIGEST)


@pytest.mark.usefixtures("stable")
def test_the_lease_says_from_now_on_where_the_traffic_belongs() -> None:
    inspect()
    assert held() == lease(restore_point=RestorePoint("1", OLD_DIGEST))


@pytest.mark.usefixtures("stable")
def test_who_begins_need_not_be_notified_any_more() -> None:
    record_lease(lease(to_notify=(MYSELF,)))
    inspect()
    assert held() == lease(restore_point=RestorePoint("1", OLD_DIGEST))


def test_who_begins_a_first_deployment_need_not_be_notified_any_more_either() -> None:
    """Otherwise its turn would be passed on if it ended half-way, although it may have changed the target."""
    record_lease(lease(to_notify=(MYSELF,)))
    assert inspect(target=target_input(WITH_ROLE)) == FIRST
    assert held() == lease()


@pytest.mark.usefixtures("stable")
def test_a_deployment_that_lost_its_lease_notes_and_publishes_nothing(announced: Said) -> None:
    record_lease(lease(ROLLBACK, release=None))
    with pytest.raises(LeaseLostError, match=f"{DEPLOYMENT} no longer holds the lease"):
        inspect()
    assert held() == lease(ROLLBACK, release=None)
    assert announced() == []


@pytest.mark.usefixtures("stable")
def test_a_digest_that_went_into_quarantine_while_its_deployment_waited_is_not_deployed(announced: Said) -> None:
    record_quarantine(DIGEST)
    with pytest.raises(
        QuarantinedError, match=r"has been quarantined since 2026-11-20T08:00:00.000Z: rolled back in dev"
    ):
        inspect()
    assert held() == lease()
    assert announced() == []


STARTED = {
    "service": "cowsay",
    "environment": "prod",
    "target": TARGET.id,
    "digest": DIGEST,
    "tag": "4f0c2d1",
    "source": None,
    "execution": DEPLOYMENT,
}


@pytest.mark.usefixtures("stable")
def test_a_deployment_says_that_it_started(announced: Said) -> None:
    inspect()
    (event,) = announced()
    assert event["detail-type"] == "Promotion Deployment Started"
    assert event["source"] == "promotion.pipeline"
    assert event["resources"] == [TARGET.arn]
    assert event["detail"] == STARTED


@pytest.mark.usefixtures("stable")
def test_what_is_refused_has_not_started(announced: Said) -> None:
    with pytest.raises(IncompatibleTargetError):
        inspect(architecture="arm64")
    assert announced() == []


@pytest.mark.usefixtures("stable")
def test_a_deployment_goes_on_also_when_that_cannot_be_announced(services: Services, logged: list[str]) -> None:
    without_bus(services)
    assert inspect()["stable"]["revision"] == "1"
    assert held().restore_point == RestorePoint("1", OLD_DIGEST)
    assert any("event not published" in line for line in logged)


@pytest.mark.parametrize(("state", "firing"), [("ALARM", [ALARM]), ("OK", []), ("INSUFFICIENT_DATA", [])])
def test_an_alarm_that_is_firing_already_is_told_and_does_not_keep_the_fix_out(
    workloads: Workloads, state: str, firing: list[str]
) -> None:
    workloads.alias(TARGET).current = Routing(deployed(workloads))
    workloads.alarms(TARGET).now[ALARM] = state
    assert inspect()["alarms_firing"] == firing


def test_inspecting_twice_finds_the_same_and_changes_nothing(workloads: Workloads) -> None:
    workloads.alias(TARGET).current = Routing(deployed(workloads))
    once = inspect()
    noted = held()
    assert inspect() == once
    assert held() == noted
    assert workloads.alias(TARGET).written == []
    assert workloads.function(TARGET).writes == []


def test_where_there_is_no_function_yet_the_role_lets_it_be_created(announced: Said) -> None:
    assert inspect(target=target_input(WITH_ROLE)) == FIRST
    assert [event["detail"] for event in announced()] == [STARTED]


def test_where_there_is_no_alias_yet_the_role_lets_it_be_created(workloads: Workloads) -> None:
    deployed(workloads)
    assert inspect(target=target_input(WITH_ROLE)) == FIRST


def test_a_first_deployment_has_nothing_to_go_back_to() -> None:
    inspect(target=target_input(WITH_ROLE))
    assert held() == lease()


def test_a_missing_function_without_a_role_is_refused_with_what_to_do() -> None:
    with pytest.raises(TargetNotFoundError) as raised:
        inspect()
    assert str(raised.value) == (
        "There is no function cowsay in 444444444444, us-east-1. "
        "Create it, or give the target a role in the manifest and Gantry creates it."
    )


def test_a_missing_alias_without_a_role_is_refused_with_what_to_do(workloads: Workloads) -> None:
    deployed(workloads)
    with pytest.raises(TargetNotFoundError, match=r"cowsay in 444444444444 has no alias live\. Create it, or give"):
        inspect()


def test_an_alarm_that_does_not_exist_would_watch_nothing() -> None:
    with pytest.raises(AlarmNotFoundError, match="cowsay-latency"):
        inspect(alarms=[ALARM, "cowsay-latency"], target=target_input(WITH_ROLE))


def test_a_function_that_cannot_run_the_release_is_refused_before_anything_changes(workloads: Workloads) -> None:
    workloads.alias(TARGET).current = Routing(deployed(workloads))
    with pytest.raises(IncompatibleTargetError, match="it runs on x86_64, and the manifest says architecture: arm64"):
        inspect(architecture="arm64")


def test_roles_that_differ_only_matter_when_traffic_is_split(workloads: Workloads) -> None:
    workloads.alias(TARGET).current = Routing(deployed(workloads))
    target = target_input(with_role(ROLE.replace("role/", "role/other/")))
    with pytest.raises(IncompatibleTargetError, match="its execution role changes"):
        inspect(target=target)
    assert inspect(target=target, plan=[])["stable"]["revision"] == "1"


def test_an_alias_on_the_unpublished_code_is_refused(workloads: Workloads) -> None:
    deployed(workloads)
    workloads.alias(TARGET).current = Routing("$LATEST")
    with pytest.raises(IncompatibleTargetError, match=r"its alias live routes to \$LATEST"):
        inspect(plan=[])


def test_an_account_that_does_not_let_the_pipeline_in_is_named(workloads: Workloads) -> None:
    workloads.closed.add(TARGET.account)
    with pytest.raises(TargetAccessError, match="444444444444"):
        inspect()


DRAFT = replace(CONFIGURATION, memory_mb=1024, environment={"DB": "dev-db", "API_TOKEN": "hunter2"})
DIFFERENCES: list[dict[str, str | None]] = [
    {"key": "environment", "before": "none", "after": None},
    {"key": "environment.API_TOKEN", "before": None, "after": shown(MASKING.value("API_TOKEN", "hunter2"))},
    {"key": "environment.DB", "before": None, "after": "dev-db"},
    {"key": "memory_mb", "before": "256", "after": "1024"},
]


@pytest.mark.usefixtures("stable")
def test_what_somebody_left_in_the_draft_is_recorded_and_published_and_stops_nothing(
    workloads: Workloads, announced: Said
) -> None:
    workloads.function(TARGET).somebody_changes(LATEST, configuration=DRAFT, role=f"{ROLE}-2")
    assert inspect(plan=[])["stable"]["revision"] == "1"
    ignored = announced()[1]
    assert ignored["detail-type"] == "Promotion Draft Ignored"
    assert ignored["detail"] == STARTED | {"differences": DIFFERENCES}
    assert inspect(plan=[])["stable"]["revision"] == "1"
    (entry,) = [each for each in history() if each.kind is HistoryKind.DRAFT_IGNORED]
    written = [{key: value for key, value in each.items() if value is not None} for each in DIFFERENCES]
    assert entry.facts == {"differences": written}
    assert entry.target_id == TARGET.id


@pytest.mark.usefixtures("stable")
def test_a_role_in_the_draft_is_ignored_where_the_manifest_gives_one(workloads: Workloads, announced: Said) -> None:
    workloads.function(TARGET).somebody_changes(LATEST, configuration=replace(CONFIGURATION, role=f"{ROLE}-2"))
    inspect(target=target_input(WITH_ROLE))
    assert announced()[1]["detail"]["differences"] == [{"key": "role", "before": ROLE, "after": f"{ROLE}-2"}]


@pytest.mark.usefixtures("stable")
def test_a_draft_as_the_live_version_is_nothing_to_report(announced: Said) -> None:
    inspect()
    assert len(announced()) == 1
    assert history() == []


@pytest.mark.usefixtures("stable")
@pytest.mark.parametrize("now", [{}, {"tracing": "Active", "subnets": "subnet-2"}])
def test_a_draft_that_its_approvers_did_not_see_is_refused_before_anything_is_changed(
    workloads: Workloads, announced: Said, now: dict[str, str]
) -> None:
    approved = {"infrastructure.tracing": "Active", "role": ROLE}
    function = workloads.function(TARGET)
    function.somebody_changes(LATEST, infrastructure=Infrastructure({"tracing": "Active"}))
    assert inspect(draft=approved)["stable"]["revision"] == "1"
    function.somebody_changes(LATEST, infrastructure=Infrastructure(now))
    with pytest.raises(DraftChangedError, match="Start the promotion again"):
        inspect(draft=approved)
    assert len(announced()) == 1
