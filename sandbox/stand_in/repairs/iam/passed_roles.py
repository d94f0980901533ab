"""Roles that are given to a service.

Restores: who gives Lambda, Step Functions or EventBridge a role needs `iam:PassRole` on it, for that service. The role
has to exist in the caller's account, under its path, and to trust the service. Lambda asks for the right whenever a
request names a role, also the one that the function has already. The library passes any role that has the right name.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
https://docs.aws.amazon.com/lambda/latest/dg/security_iam_troubleshoot.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
https://github.com/aws/chalice/issues/479 (UpdateFunctionConfiguration asks for the role that it has, too)
https://github.com/artilleryio/chaos-lambda/issues/29 (a role of another account)
https://github.com/danilop/LambdAuth/issues/49 (a role that Lambda cannot assume)
https://github.com/Miserlou/Zappa/issues/381 (a role that EventBridge cannot assume)
ECS' calls are in `ecs_requests`, and what Step Functions asks of a role itself is in `engine.role_checks`.
"""

from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import eventbridge, lambda_svc, stepfunctions
from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.iam.decisions import caller_may, service_may_assume
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_LAMBDA, _MACHINES, _EVENTS = "lambda.amazonaws.com", "states.amazonaws.com", "events.amazonaws.com"
_ACTION = "iam:PassRole"
_OF_A_TEMPLATE = "AWS::Lambda::Function"


def apply(settings: Settings) -> None:
    """Check each role before the service keeps it."""
    put_in_front(lambda_svc, "_create_function", _create_function)
    put_in_front(lambda_svc, "_update_config", _update_function)
    put_in_front(stepfunctions, "_create_state_machine", _machine)
    put_in_front(stepfunctions, "_update_state_machine", _machine)
    put_in_front(eventbridge, "_put_targets", _put_targets)
    handlers = provisioners._RESOURCE_HANDLERS[_OF_A_TEMPLATE]
    create = handlers["create"]

    def create_by_template(logical_id: str, properties: Json, stack: str) -> Any:  # noqa: ANN401 -- the library's own
        if refusal := _refusal_of_function(properties.get("FunctionName") or logical_id, properties):
            raise ValueError(f"{_OF_A_TEMPLATE} creation failed: {refusal[2]!r}")
        return create(logical_id, properties, stack)

    handlers["create"] = create_by_template


def _create_function(original: Original, data: Json) -> Response:
    return _refusal_of_function(data.get("FunctionName", ""), data) or original(data)


def _update_function(original: Original, name: str, data: Json) -> Response:
    return _refusal_of_function(name, data) or original(name, data)


def _refusal_of_function(name: str, data: Json) -> Response | None:
    role = data.get("Role")
    if not role:
        return None  # nothing is given; the library says when something has to be
    if denied := _denied(role, _LAMBDA):
        return denied
    if service_may_assume(role, _LAMBDA, lambda_svc._func_arn(name), get_region()):
        return None
    message = "The role defined for the function cannot be assumed by Lambda."
    return error_response_json("InvalidParameterValueException", message, 400)


def _machine(original: Original, data: Json) -> Response:
    role = data.get("roleArn")
    return (_denied(role, _MACHINES) if role else None) or original(data)


def _put_targets(original: Original, data: Json) -> Response:
    rule = eventbridge._rule_arn(data.get("Rule"), data.get("EventBusName", "default"))
    for role in (each["RoleArn"] for each in data.get("Targets", []) if each.get("RoleArn")):
        if denied := _denied(role, _EVENTS):
            return denied
        if not service_may_assume(role, _EVENTS, rule, get_region()):
            message = f"Provided role '{role}' cannot be assumed by principal '{_EVENTS}'."
            return error_response_json("ValidationException", message, 400)
    return original(data)


def _denied(role: str, service: str) -> Response | None:
    if _account_of(role) not in {None, get_account_id()}:
        return error_response_json("AccessDeniedException", "Cross-account pass role is not allowed.", 403)
    if caller_may(_ACTION, "iam", role, {"iam:PassedToService": service}):
        return None
    message = iam_actions.identity_denial_message(_ACTION, iam_evaluator.caller_arn(), role, explicit_deny=False)
    return error_response_json("AccessDeniedException", message, 403)


def _account_of(role: str) -> str | None:
    """Return None for what is no ARN."""
    match role.split(":", 5):
        case [_, _, _, _, account, _]:
            return account
    return None
