"""The files in `events/` are what the functions and machines are really started with, so they cannot rot."""

import copy
import importlib
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.parser.models import APIGatewayProxyEventV2Model, EventBridgeModel, SqsModel
from pydantic import BaseModel

from gantry.handlers import entry
from gantry.handlers.event_rules.start_promotion import ObjectEvent
from gantry.handlers.http_api.promotion_call import read_promotion
from gantry.handlers.promotion_input import PromotionInput, promotion_request
from gantry.handlers.rollback_machine.rollback_input import RollbackInput
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.deployment import Deployment
from gantry.promotion.promotion_start import call_name
from gantry.promotion.target import Target
from gantry.use_cases.judge_canary import CanaryLook
from gantry.use_cases.promotion_request import named_service
from gantry.use_cases.rollback.restore_version import RestoredTarget
from gantry.use_cases.service_manifest import CarriedEnvironment
from tests.template.parsed import (
    MACHINES,
    functions,
    handler_of,
    lambda_tasks,
    module_of,
    routes,
    sent_keys,
    tasks,
)
from tests.template.test_events import matches, pattern

ROOT = Path(__file__).parents[2]
EVENTS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "events").glob("*.json")}
HANDLERS = {module_of(name): name for name in functions()}
TASKS = {module_of(name): machine for machine in MACHINES for name in lambda_tasks(machine)}
"""The machine of each task, by the module that the task runs."""

FOR_THE_CONSOLE = {"deployment.AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"}
PASSED_OVER = {
    "resolve_release": {"event"},  # parsed by itself: it is a push, or typed by a person
    "wake_version": {"restored"},
    "request_approval": {"environment.architecture", "environment.deployment_seconds", "environment.carried"},
    "follow_up_approval": {"release"},
    "record_release": {
        f"verdicts.{step}.{key}"
        for step in (0, 1)
        for key in ("canary", "decision", "look_seconds", "known", "failed_looks", "wishes", "paused")
    },
    "stop_deployment": {"request"},
}
"""What a task is sent and does not take, beside what only the console reads."""


def request_of(handler: str) -> Any:
    """The type that a handler parses its event as."""
    module = importlib.import_module(handler_of(HANDLERS[handler]))
    (name,) = re.findall(r"entry\.parse\((\w+), event[,)]", inspect.getsource(module.handler))
    return getattr(module, name)


def passed_over(given: Any, understood: Any, at: str = "") -> Iterator[str]:
    """The keys of an event that what it is parsed as does not have."""
    if isinstance(given, Mapping) and isinstance(understood, Mapping):
        yield from (f"{at}{key}" for key in given.keys() - understood.keys())
        for key in given.keys() & understood.keys():
            yield from passed_over(given[key], understood[key], f"{at}{key}.")
    elif isinstance(given, list) and isinstance(understood, list | tuple):
        for index, (one, other) in enumerate(zip(given, understood, strict=True)):
            yield from passed_over(one, other, f"{at}{index}.")


def unknown_keys(kind: Any, event: Mapping[str, Any]) -> set[str]:
    parsed: Any = entry.parse(kind, event)
    understood = parsed.model_dump(mode="json", by_alias=True) if isinstance(parsed, BaseModel) else asdict(parsed)
    return set(passed_over(event, understood))


def test_every_function_and_machine_has_its_event_and_every_event_belongs_to_one() -> None:
    assert {name.partition(".")[0] for name in EVENTS} == {*HANDLERS, *MACHINES}


@pytest.mark.parametrize(("handler", "machine"), TASKS.items())
def test_a_tasks_event_has_the_keys_that_its_state_sends(handler: str, machine: str) -> None:
    assert EVENTS[handler].keys() == sent_keys(machine, HANDLERS[handler])


@pytest.mark.parametrize("handler", TASKS)
def test_a_function_understands_its_event(handler: str) -> None:
    unknown = unknown_keys(request_of(handler), EVENTS[handler])
    assert unknown - FOR_THE_CONSOLE == PASSED_OVER.get(handler, set())


def test_an_unknown_key_is_found_wherever_it_is() -> None:
    event = json.loads(json.dumps(EVENTS["shift_traffic"]))
    event["deployment"]["plan"][0]["wait"] = 5
    assert unknown_keys(request_of("shift_traffic"), event) - FOR_THE_CONSOLE == {"deployment.plan.0.wait"}


@pytest.mark.parametrize("handler", ["stop_deployment", "record_rollback"])
def test_the_states_after_restore_version_are_sent_what_it_has_returned(handler: str) -> None:
    for restored in EVENTS[handler]["restored"]:
        assert unknown_keys(RestoredTarget, restored) == set()


def test_record_release_is_sent_what_judge_canary_has_returned() -> None:
    for verdict in EVENTS["record_release"]["verdicts"]:
        assert verdict.keys() == {field.name for field in fields(CanaryLook)}


def test_an_environment_is_sent_on_as_check_gates_has_returned_it() -> None:
    environment = EVENTS["request_approval"]["environment"]
    assert unknown_keys(CarriedEnvironment, environment) == set()
    assert environment.keys() == {field.name for field in fields(CarriedEnvironment)}
    assert environment["name"] == EVENTS["check_gates"]["environment"]


@pytest.mark.parametrize("handler", TASKS)
def test_every_task_of_a_deployment_is_sent_its_machines_input(handler: str) -> None:
    assert EVENTS[handler].get("deployment", EVENTS["deployment"]) == EVENTS["deployment"]


def test_a_deployment_is_started_with_what_the_promotion_machine_sends() -> None:
    started, environment = EVENTS["deployment"], EVENTS["request_approval"]["environment"]
    assert started.keys() == tasks("promotion")["DeployToTarget"]["Arguments"]["Input"].keys()
    assert {f"deployment.{key}" for key in unknown_keys(Deployment, started)} == FOR_THE_CONSOLE
    assert started["target"] in environment["targets"]
    for key in started.keys() & environment.keys():
        assert started[key] == environment[key], key


def test_a_push_starts_a_promotion() -> None:
    push = EVENTS["start_promotion"]
    EventBridgeModel.model_validate(push)
    assert matches(pattern(ROOT / "template.yaml", "ImagePushed"), push)
    start = entry.parse(request_of("start_promotion"), push).promotion_start(push["time"])
    assert start.execution_input() == EVENTS["promotion.push"]
    for handler in ("resolve_release", "record_promotion"):
        assert EVENTS[handler]["event"] == EVENTS["promotion.push"]
        assert EVENTS[handler]["execution"].endswith(f":{start.execution_name}")


def test_an_object_starts_a_promotion() -> None:
    written = EVENTS["start_promotion.object"]
    EventBridgeModel.model_validate(written)
    wanted: Any = copy.deepcopy(pattern(ROOT / "template.yaml", "ObjectCreated"))
    wanted["detail"]["bucket"]["name"] = ["acme-artifacts"]
    assert matches(wanted, written)
    event = ObjectEvent.of(written)
    assert event
    start = event.promotion_start(written["time"])
    assert promotion_request(start.execution_input()).service == start.service == "s3/acme-artifacts/glue/etl.py"
    assert start.version_id == written["detail"]["object"]["version-id"]


def test_a_call_starts_a_promotion() -> None:
    start = read_promotion(APIGatewayProxyEventV2(EVENTS["start_promotion_by_call"]))
    caller = EVENTS["start_promotion_by_call"]["requestContext"]["authorizer"]["iam"]["userArn"]
    assert (start.called_by, start.environments) == (caller, ("staging", "prod"))
    assert start.execution_name == call_name(caller, "release-3333333")


def test_a_person_starts_a_promotion() -> None:
    assert promotion_request(EVENTS["promotion.manual"]).is_manual
    assert EVENTS["promotion.manual"].keys() <= PromotionInput.model_fields.keys()


def test_a_person_starts_a_rollback() -> None:
    RollbackInput.model_validate(EVENTS["rollback"])
    assert EVENTS["restore_version"]["request"] == EVENTS["rollback"]


def test_a_person_may_name_an_object() -> None:
    request = promotion_request(EVENTS["promotion.manual.object"])
    assert (request.service, request.artifact) == ("s3/acme-artifacts/glue/etl.py", ArtifactKind.S3_OBJECT)
    assert (request.location, request.version_id) == ("acme-artifacts/glue/etl.py", "3HL4kqtJlcpXroDTDmJ")
    assert named_service(EVENTS["promotion.manual.object"]) == request.service
    assert RollbackInput.model_validate(EVENTS["rollback.object"]).service == request.service


def test_an_alarm_of_a_workload_account_reaches_on_alarm() -> None:
    alarm = EVENTS["on_alarm"]
    EventBridgeModel.model_validate(alarm)
    assert entry.parse(request_of("on_alarm"), alarm).is_change_to_alarm
    assert matches(pattern(ROOT / "template.yaml", "AlarmRaised"), alarm)
    assert matches(pattern(ROOT / "target" / "template.yaml", "AlarmRaised"), alarm)


def test_a_release_that_is_live_reaches_write_back() -> None:
    SqsModel.model_validate(EVENTS["write_back"])
    (record,) = EVENTS["write_back"]["Records"]
    event = json.loads(record["body"])
    EventBridgeModel.model_validate(event)
    assert matches(pattern(ROOT / "template.yaml", "LiveChanged"), event)
    request = entry.parse(request_of("write_back"), EVENTS["write_back"]).detail.request()
    assert (request.service, request.environment, request.digest) == ("cowsay", "prod", event["detail"]["digest"])
    assert request.source.revision == "3333333"
    assert record["attributes"]["MessageGroupId"] == request.service


def test_a_release_that_is_live_reaches_write_live_parameters() -> None:
    SqsModel.model_validate(EVENTS["write_live_parameters"])
    (record,) = EVENTS["write_live_parameters"]["Records"]
    event = json.loads(record["body"])
    EventBridgeModel.model_validate(event)
    assert matches(pattern(ROOT / "template.yaml", "LiveReleaseChanged"), event)
    detail = entry.parse(request_of("write_live_parameters"), EVENTS["write_live_parameters"]).detail
    assert (detail.service, detail.environment) == ("cowsay", "prod")


def test_a_bounce_of_an_approval_mail_reaches_on_bounce() -> None:
    bounce = EVENTS["on_bounce"]
    EventBridgeModel.model_validate(bounce)
    assert entry.parse(request_of("on_bounce"), bounce).bounced_mail()
    wanted: Any = copy.deepcopy(pattern(ROOT / "template.yaml", "MailBounced"))
    wanted["detail"]["mail"]["tags"]["ses:configuration-set"] = ["gantry-approvals"]
    assert matches(wanted, bounce)


def test_the_end_of_a_promotion_reaches_close_promotion() -> None:
    ended = EVENTS["close_promotion"]
    EventBridgeModel.model_validate(ended)
    end = entry.parse(request_of("close_promotion"), ended).detail.end()
    assert (end.arn, end.status, end.input) == (ended["resources"][0], "FAILED", EVENTS["promotion.manual"])
    assert end.error == "States.DataLimitExceeded"
    wanted: Any = copy.deepcopy(pattern(ROOT / "template.yaml", "PromotionEndedBadly"))
    wanted["detail"]["stateMachineArn"] = [ended["detail"]["stateMachineArn"]]
    assert matches(wanted, ended)


def test_the_end_of_an_execution_reaches_repair_target() -> None:
    ended = EVENTS["repair_target"]
    EventBridgeModel.model_validate(ended)
    end = entry.parse(request_of("repair_target"), ended).detail.end()
    assert (end.arn, end.status, end.input) == (ended["resources"][0], "ABORTED", EVENTS["deployment"])
    wanted: Any = copy.deepcopy(pattern(ROOT / "template.yaml", "ExecutionEndedBadly"))
    wanted["detail"]["stateMachineArn"] = [ended["detail"]["stateMachineArn"]]
    assert matches(wanted, ended)


def test_the_schedule_asks_repair_target_about_all_targets() -> None:
    scheduled = EVENTS["repair_target.schedule"]
    EventBridgeModel.model_validate(scheduled)
    understood = entry.parse(request_of("repair_target"), scheduled)
    assert (understood.detail.end(), understood.target) == (None, None)


def test_a_person_asks_repair_target_about_one_target() -> None:
    manual = EVENTS["repair_target.manual"]
    assert unknown_keys(request_of("repair_target"), manual) == set()
    assert manual == {"target": Target(**EVENTS["deployment"]["target"]).id}


@pytest.mark.parametrize(
    "event",
    [
        "show_approval",
        "decide_approval",
        "decide_approval.by_call",
        "start_promotion_by_call",
        "answer_check",
        "steer_canary",
    ],
)
def test_a_request_of_the_http_api_is_one_for_the_functions_route(event: str) -> None:
    request = APIGatewayProxyEventV2Model.model_validate(EVENTS[event])
    assert routes()[request.routeKey].function == HANDLERS[event.partition(".")[0]]
    method, path = request.routeKey.split()
    assert request.requestContext.http.method == method
    assert request.rawPath == path.format(**(request.pathParameters or {}))
