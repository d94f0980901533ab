from dataclasses import replace
from typing import Any

import pytest

from handlers import inspect_target
from promotion.configuration import Configuration
from promotion.errors import (
    AlarmNotFoundError,
    AliasNotFoundError,
    FunctionNotFoundError,
    IncompatibleTargetError,
    TargetAccessError,
)
from promotion.traffic import Routing
from tests.unit.handlers.payloads import (
    ALARM,
    OLD_DIGEST,
    ROLE,
    TARGET,
    deployment_input,
    invoke,
    payload,
    target_input,
)
from tests.unit.handlers.workloads import Workloads

WITH_ROLE = replace(TARGET, role=ROLE)
CONFIGURATION = Configuration(256, 10, 512, {}, [], ROLE)
FIRST: dict[str, Any] = {"found": None, "stable": None, "alarms_firing": []}


@pytest.fixture(autouse=True)
def alarm(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now[ALARM] = "OK"


def deployed(workloads: Workloads) -> str:
    return workloads.function(TARGET).deployed(OLD_DIGEST, CONFIGURATION)


def inspect(**changed: Any) -> Any:
    return invoke(inspect_target.handler, payload("InspectTarget", deployment=deployment_input(**changed)))


def test_the_stable_version_is_what_the_alias_routes_to(workloads: Workloads) -> None:
    version = deployed(workloads)
    workloads.alias(TARGET).current = Routing(version)
    assert inspect() == {
        "found": {"version": "1", "weights": {}},
        "stable": {"version": "1", "image_digest": OLD_DIGEST},
        "alarms_firing": [],
    }


def test_a_weight_that_was_left_behind_is_reported_and_changes_nothing_about_what_is_stable(
    workloads: Workloads,
) -> None:
    workloads.alias(TARGET).current = Routing(deployed(workloads), {"2": 10.0})
    inspected = inspect()
    assert inspected["found"] == {"version": "1", "weights": {"2": 10.0}}
    assert inspected["stable"] == {"version": "1", "image_digest": OLD_DIGEST}


@pytest.mark.parametrize(("state", "firing"), [("ALARM", [ALARM]), ("OK", []), ("INSUFFICIENT_DATA", [])])
def test_an_alarm_that_is_firing_already_is_told_and_does_not_keep_the_fix_out(
    workloads: Workloads, state: str, firing: list[str]
) -> None:
    workloads.alias(TARGET).current = Routing(deployed(workloads))
    workloads.alarms(TARGET).now[ALARM] = state
    assert inspect()["alarms_firing"] == firing


def test_inspecting_twice_finds_the_same_and_changes_nothing(workloads: Workloads) -> None:
    workloads.alias(TARGET).current = Routing(deployed(workloads))
    assert inspect() == inspect()
    assert workloads.alias(TARGET).written == []
    assert workloads.function(TARGET).writes == []


def test_where_there_is_no_function_yet_the_role_lets_it_be_created() -> None:
    assert inspect(target=target_input(WITH_ROLE)) == FIRST


def test_where_there_is_no_alias_yet_the_role_lets_it_be_created(workloads: Workloads) -> None:
    deployed(workloads)
    assert inspect(target=target_input(WITH_ROLE)) == FIRST


def test_a_missing_function_without_a_role_is_refused_with_what_to_do() -> None:
    with pytest.raises(FunctionNotFoundError) as raised:
        inspect()
    assert str(raised.value) == (
        "There is no function cowsay in 444444444444, us-east-1. "
        "Create it, or give the target a role in the manifest and Gantry creates it"
    )


def test_a_missing_alias_without_a_role_is_refused_with_what_to_do(workloads: Workloads) -> None:
    deployed(workloads)
    with pytest.raises(AliasNotFoundError, match=r"cowsay in 444444444444 has no alias live\. Create it, or give"):
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
    target = target_input(replace(TARGET, role=f"{ROLE}-2"))
    with pytest.raises(IncompatibleTargetError, match="its execution role changes"):
        inspect(target=target)
    assert inspect(target=target, plan=[])["stable"]["version"] == "1"


def test_an_alias_on_the_unpublished_code_is_refused(workloads: Workloads) -> None:
    deployed(workloads)
    workloads.alias(TARGET).current = Routing("$LATEST")
    with pytest.raises(IncompatibleTargetError, match=r"its alias live routes to \$LATEST"):
        inspect(plan=[])


def test_an_account_that_does_not_let_the_pipeline_in_is_named(workloads: Workloads) -> None:
    workloads.accounts.closed.add(TARGET.account)
    with pytest.raises(TargetAccessError, match="444444444444"):
        inspect()
