"""What every function and every machine has: logs that end, traces, variables, and time enough."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from gantry.aws import alarms
from gantry.aws.clients import HASTY
from gantry.handlers.deployment_machine import judge_canary
from gantry.targets import rollout_metrics
from tests.template.parsed import (
    MACHINES,
    functions,
    handler_of,
    lambda_tasks,
    machine_resource,
    resources,
    routes,
    template,
)
from tests.template.reach import reached
from tests.template.test_names import folder_of
from tests.template.typed_source import modules

GLOBALS: Mapping[str, Any] = template()["Globals"]["Function"]
BY_LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME"}
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
SHARED = {name for name in GLOBALS["Environment"]["Variables"] if not name.startswith("POWERTOOLS_")}
LOG_GROUPS = resources("AWS::Logs::LogGroup")
LOGS = {
    "PromotionLogs": "promotion",
    "DeploymentLogs": "deployment",
    "RollbackLogs": "rollback",
    "ApprovalLogs": "approvals",
    "EventRuleLogs": "event-rules",
}
"""Where logs are, by the log group's logical id."""
LOGS_OF = {
    "promotion_machine": "PromotionLogs",
    "deployment_machine": "DeploymentLogs",
    "rollback_machine": "RollbackLogs",
    "http_api": "ApprovalLogs",
    "event_rules": "EventRuleLogs",
}
"""The log group of the functions in each folder."""
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
def test_a_function_logs_where_its_caller_does(name: str) -> None:
    assert functions()[name]["LoggingConfig"] == {"LogGroup": {"Ref": LOGS_OF[folder_of(name)]}}


@every_machine
def test_a_machine_logs_what_fails_without_its_data_and_sends_traces(machine: str) -> None:
    own, group = machine_resource(machine), LOGS_OF[f"{machine}_machine"]
    assert own["Tracing"] == {"Enabled": True}
    assert own["Logging"] == {
        "Level": "ERROR",
        "IncludeExecutionData": False,
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": [group, "Arn"]}}}],
    }


def test_every_log_group_belongs_to_something_and_ends() -> None:
    assert set(LOGS_OF.values()) == set(LOGS)
    assert {name: group["LogGroupName"] for name, group in LOG_GROUPS.items()} == {
        name: {"Fn::Sub": f"/aws/vendedlogs/${{PipelineName}}/{what}"} for name, what in LOGS.items()
    }
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in LOG_GROUPS.values())


def test_what_functions_have_in_common_stands_in_one_place() -> None:
    assert GLOBALS["Tracing"] == "Active"
    assert GLOBALS["LoggingConfig"]["LogFormat"] == "JSON"
    assert GLOBALS["CodeUri"] == "functions/package/"
    for name, own in functions().items():
        allowed = {"Handler", "RolePath", "MemorySize", "Timeout", "LoggingConfig", "Environment", "Policies"}
        assert set(own) - {"DeadLetterQueue"} <= allowed, name


@every_function
def test_beside_what_all_have_a_function_has_exactly_the_variables_that_its_code_reads(name: str) -> None:
    assert set(variables(name)) == reached(handler_of(name)).variables - SHARED - BY_LAMBDA


def test_only_services_reads_the_environment_and_every_variable_by_its_name() -> None:
    """Otherwise some variable could be read that nobody sees here."""
    reading = [name for name, text in modules().items() if re.search(r"\bos\.(environ|getenv)\b", text)]
    assert [name for name in reading if not name.startswith("gantry.command_line.")] == ["gantry.handlers.entry"]
    services = {name: text for name, text in modules().items() if re.search(r"self\._environment\b", text)}
    those = ("services", "artifact_services", "git_services", "live_parameter_services", "written_file_services")
    assert set(services) == {f"gantry.use_cases.{name}" for name in those}
    by_name = r"self\._environment(?:\[\"|\.get\(\"| = environment$)|    _environment: Mapping\[str, str\]$"
    for text in services.values():
        assert len(re.findall(by_name, text, re.MULTILINE)) == len(re.findall(r"\b_environment\b", text))


def test_what_all_functions_have_several_read() -> None:
    """A variable of one function stands at that function."""
    readers = {each: [name for name in functions() if each in reached(handler_of(name)).variables] for each in SHARED}
    assert [each for each, names in readers.items() if len(names) < 2] == []


def test_a_variable_has_the_same_value_everywhere() -> None:
    values = [each for name in functions() for each in variables(name).items()]
    assert len({name for name, _ in values}) == len({str(each) for each in values})
    assert not SHARED & {name for name, _ in values}, "or it would be given twice"


@every_machine
def test_a_function_gives_up_before_its_state_does(machine: str) -> None:
    """Otherwise the state would be tried again while the function still runs."""
    for state, task in lambda_tasks(machine).items():
        if not task["Resource"].endswith(".waitForTaskToken"):
            assert timeout(state) < task["TimeoutSeconds"], state


def test_a_look_at_a_canary_ends_in_time_however_long_cloudwatch_hangs() -> None:
    """Each wait may begin just before its deadline, and then lasts as long as one call."""
    config: Any = HASTY
    call = config.retries["total_max_attempts"] * config.read_timeout + 1  # and a second until the next attempt
    of_alarms = alarms._SECONDS + call
    of_metrics = call + rollout_metrics._SECONDS + call  # the versions' time-outs come first
    to_answer = judge_canary._TO_ANSWER

    assert timeout("JudgeCanary") >= of_metrics + of_alarms + to_answer
    for waiting in ("Bake", "AwaitShift", "AwaitCompletion", "AwaitCanaryDecision"):
        assert timeout(waiting) >= of_alarms + to_answer


@pytest.mark.parametrize("name", {route.function: None for route in routes().values()})
def test_a_function_behind_the_api_gives_up_before_the_api_does(name: str) -> None:
    assert timeout(name) < HTTP_API_SECONDS
