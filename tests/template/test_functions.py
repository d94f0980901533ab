"""What every function and every machine has: logs that end, traces, variables, and time enough."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.template.parsed import (
    MACHINES,
    functions,
    lambda_tasks,
    machine_resource,
    module_of,
    resources,
    routes,
    template,
)
from tests.template.reach import reached

GLOBALS: Mapping[str, Any] = template()["Globals"]["Function"]
LOG_GROUPS = resources("AWS::Logs::LogGroup")
HTTP_API_SECONDS = 30
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""

every_function = pytest.mark.parametrize("name", functions())
every_machine = pytest.mark.parametrize("machine", MACHINES)


def timeout(name: str) -> int:
    """A function's time-out in seconds."""
    return int(functions()[name].get("Timeout", GLOBALS["Timeout"]))


def variables(name: str) -> Mapping[str, Any]:
    """The variables that a function has beside those of all."""
    found: Mapping[str, Any] = functions()[name].get("Environment", {}).get("Variables", {})
    return found


@every_function
def test_a_function_logs_to_a_group_of_its_own(name: str) -> None:
    assert functions()[name]["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}Logs"}}
    assert LOG_GROUPS[f"{name}Logs"]["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{AWS::StackName}}-{name}"}


@every_machine
def test_a_machine_logs_what_fails_without_its_data_and_sends_traces(machine: str) -> None:
    own, group = machine_resource(machine), f"{machine.capitalize()}MachineLogs"
    assert own["Tracing"] == {"Enabled": True}
    assert own["Logging"] == {
        "Level": "ERROR",
        "IncludeExecutionData": False,
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": [group, "Arn"]}}}],
    }
    name = f"/aws/vendedlogs/states/${{AWS::StackName}}-{machine}"
    assert LOG_GROUPS[group]["LogGroupName"] == {"Fn::Sub": name}


def test_every_log_group_belongs_to_something_and_ends() -> None:
    owners = {*functions(), "PromotionMachine", "DeploymentMachine", "RollbackMachine", "ApprovalApi"}
    assert set(LOG_GROUPS) == {f"{owner}Logs" for owner in owners}
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in LOG_GROUPS.values())


def test_what_functions_have_in_common_stands_in_one_place() -> None:
    assert GLOBALS["Tracing"] == "Active"
    assert GLOBALS["LoggingConfig"]["LogFormat"] == "JSON"
    assert GLOBALS["CodeUri"] == "functions/"
    for name, own in functions().items():
        allowed = {"Handler", "MemorySize", "Timeout", "LoggingConfig", "Environment", "Policies"}
        assert set(own) <= allowed, name


@every_function
def test_a_function_has_exactly_the_variables_that_its_code_reads(name: str) -> None:
    assert set(variables(name)) == reached(module_of(name)).variables


def test_a_variable_has_the_same_value_everywhere() -> None:
    values = [each for name in functions() for each in variables(name).items()]
    assert len({name for name, _ in values}) == len({str(each) for each in values})


@every_machine
def test_a_function_gives_up_before_its_state_does(machine: str) -> None:
    """Otherwise the state would be tried again while the function still runs."""
    for state, task in lambda_tasks(machine).items():
        if not task["Resource"].endswith(".waitForTaskToken"):
            assert timeout(state) < task["TimeoutSeconds"], state


@pytest.mark.parametrize("name", {route.function: None for route in routes().values()})
def test_a_function_behind_the_api_gives_up_before_the_api_does(name: str) -> None:
    assert timeout(name) < HTTP_API_SECONDS
