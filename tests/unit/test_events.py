"""The files in `events/` are what the functions and machines are really started with, so they cannot rot."""

import copy
import importlib
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models import APIGatewayProxyEventV2Model, EventBridgeModel
from pydantic import BaseModel

from gantry.handlers.pushes import Asked, PromotionInput, asked_for
from gantry.handlers.record_rollback import Restored
from gantry.handlers.requests import Deployment
from gantry.handlers.restore_version import RollbackInput
from gantry.promotion.target import Target
from tests.template.parsed import MACHINES, functions, module_of, routes
from tests.template.test_events import matches, pattern
from tests.unit.handlers.payloads import _state as state_of

ROOT = Path(__file__).parents[2]
EVENTS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "events").glob("*.json")}
HANDLERS = {module_of(name): name for name in functions()}
FROM_AWS = {"show_approval", "decide_approval", "on_alarm", "on_bounce", "repair_target"}
"""What AWS itself invokes. Their models take from an event what they need and pass over the rest."""
TASKS = sorted(set(HANDLERS) - FROM_AWS)
PASSED_ON_WHOLE = {"stop_deployment", "check_gates", "request_approval"}
"""Tasks that are handed everything another task answered, and do not take all of it."""


def model_of(handler: str) -> type[BaseModel]:
    """The model that a handler validates its event with, as its code says."""
    module = importlib.import_module(f"gantry.handlers.{handler}")
    (name,) = re.findall(r"(\w+)\.model_validate\(event\)", inspect.getsource(module.handler))
    found: type[BaseModel] = getattr(module, name)
    return found


def passed_over(given: Any, understood: Any, at: str = "") -> Iterator[str]:
    """The keys of an event that its model does not know."""
    if isinstance(given, Mapping) and isinstance(understood, Mapping):
        yield from (f"{at}{key}" for key in given.keys() - understood.keys())
        for key in given.keys() & understood.keys():
            yield from passed_over(given[key], understood[key], f"{at}{key}.")
    elif isinstance(given, list) and isinstance(understood, list):
        for index, (one, other) in enumerate(zip(given, understood, strict=True)):
            yield from passed_over(one, other, f"{at}{index}.")


def unknown_keys(model: type[BaseModel], event: Mapping[str, Any]) -> list[str]:
    return list(passed_over(event, model.model_validate(event).model_dump(mode="json", by_alias=True)))


def test_every_function_and_machine_has_its_event_and_every_event_belongs_to_one() -> None:
    assert {name.partition(".")[0] for name in EVENTS} == {*HANDLERS, *MACHINES}


@pytest.mark.parametrize("handler", TASKS)
def test_a_tasks_event_has_the_keys_that_its_state_sends(handler: str) -> None:
    sent = state_of(HANDLERS[handler])["Arguments"]["Payload"].keys()
    assert EVENTS[handler].keys() == sent


@pytest.mark.parametrize("handler", TASKS)
def test_a_function_understands_its_event(handler: str) -> None:
    unknown = unknown_keys(model_of(handler), EVENTS[handler])
    assert not unknown or handler in PASSED_ON_WHOLE


def test_an_unknown_key_is_found_wherever_it_is() -> None:
    event = json.loads(json.dumps(EVENTS["shift_traffic"]))
    event["deployment"]["plan"][0]["wait"] = 5
    assert unknown_keys(model_of("shift_traffic"), event) == ["deployment.plan.0.wait"]


def test_stop_deployment_is_handed_what_restore_version_answered() -> None:
    for restored in EVENTS["stop_deployment"]["restored"]:
        assert unknown_keys(Restored, restored) == []


@pytest.mark.parametrize("handler", TASKS)
def test_every_task_of_a_deployment_is_handed_its_machines_input(handler: str) -> None:
    assert EVENTS[handler].get("deployment", EVENTS["deployment"]).keys() == EVENTS["deployment"].keys()


def test_a_deployment_is_started_with_what_the_promotion_machine_sends() -> None:
    assert EVENTS["deployment"].keys() == state_of("DeployToTarget")["Arguments"]["Input"].keys()
    assert unknown_keys(Deployment, EVENTS["deployment"]) == []


def test_a_push_starts_a_promotion() -> None:
    push = EVENTS["promotion.push"]
    EventBridgeModel.model_validate(push)
    detail = push["detail"]
    assert matches(pattern(ROOT / "template.yaml", "ImagePushed"), push)
    assert asked_for(push) == Asked(detail["repository-name"], detail["image-tag"], detail["image-digest"], False)
    assert EVENTS["resolve_release"]["event"] == push


def test_a_person_starts_a_promotion() -> None:
    assert asked_for(EVENTS["promotion.manual"]).is_manual
    assert EVENTS["promotion.manual"].keys() <= PromotionInput.model_fields.keys()


def test_a_person_starts_a_rollback() -> None:
    RollbackInput.model_validate(EVENTS["rollback"])
    assert EVENTS["restore_version"]["request"] == EVENTS["rollback"]


def test_an_alarm_of_a_workload_account_reaches_on_alarm() -> None:
    alarm = EVENTS["on_alarm"]
    EventBridgeModel.model_validate(alarm)
    model_of("on_alarm").model_validate(alarm)
    assert matches(pattern(ROOT / "template.yaml", "AlarmRaised"), alarm)
    assert matches(pattern(ROOT / "target" / "template.yaml", "AlarmRaised"), alarm)


def test_a_bounce_of_an_approval_mail_reaches_on_bounce() -> None:
    bounce = EVENTS["on_bounce"]
    EventBridgeModel.model_validate(bounce)
    model_of("on_bounce").model_validate(bounce)
    wanted: Any = copy.deepcopy(pattern(ROOT / "template.yaml", "MailBounced"))
    wanted["detail"]["mail"]["tags"]["ses:configuration-set"] = ["gantry-approvals"]
    assert matches(wanted, bounce)


def test_the_end_of_an_execution_reaches_repair_target() -> None:
    ended = EVENTS["repair_target"]
    EventBridgeModel.model_validate(ended)
    assert model_of("repair_target").model_validate(ended).model_dump()["detail"] == {
        "execution": ended["resources"][0]
    }
    wanted: Any = copy.deepcopy(pattern(ROOT / "template.yaml", "ExecutionEndedBadly"))
    wanted["detail"]["stateMachineArn"] = [ended["detail"]["stateMachineArn"]]
    assert matches(wanted, ended)
    assert json.loads(ended["detail"]["input"]) == EVENTS["deployment"]


def test_the_schedule_asks_repair_target_about_all_targets() -> None:
    scheduled = EVENTS["repair_target.schedule"]
    EventBridgeModel.model_validate(scheduled)
    understood = model_of("repair_target").model_validate(scheduled).model_dump()
    assert understood == {"detail": {"execution": None}, "target": None}


def test_a_person_asks_repair_target_about_one_target() -> None:
    assert unknown_keys(model_of("repair_target"), EVENTS["repair_target.manual"]) == []
    target = Target(**EVENTS["deployment"]["target"])
    assert EVENTS["repair_target.manual"] == {"target": target.id}


@pytest.mark.parametrize("event", ["show_approval", "decide_approval", "decide_approval.by_call"])
def test_a_request_of_the_http_api_is_one_for_the_functions_route(event: str) -> None:
    request = APIGatewayProxyEventV2Model.model_validate(EVENTS[event])
    assert routes()[request.routeKey].function == HANDLERS[event.partition(".")[0]]
    method, path = request.routeKey.split()
    assert request.requestContext.http.method == method
    assert request.rawPath == path.format(**(request.pathParameters or {}))
