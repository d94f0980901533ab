"""A state machine's role is checked when the machine is created or updated.

Restores: CreateStateMachine refuses a role that Step Functions may not assume for that machine. It also refuses a role
that may not manage the EventBridge rule by which `.sync` notices the end of a nested execution, and a role that may not
set up the delivery of the machine's logs.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html#prevent-cross-service-confused-deputy
"""

import re

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import stepfunctions

from sandbox.stand_in.repairs.engine.log_delivery import camel_cased
from sandbox.stand_in.repairs.iam.decisions import role_may, service_may_assume
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_NESTED = re.compile(r":states:startExecution\.sync")
_RULE = "StepFunctionsGetEventsForStepFunctionsExecutionRule"
_RULE_ACTIONS = ("events:PutTargets", "events:PutRule", "events:DescribeRule")
_LOG_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)


def apply(settings: Settings) -> None:
    """Check the role of a new or changed machine."""
    put_in_front(stepfunctions, "_create_state_machine", _create)
    put_in_front(stepfunctions, "_update_state_machine", _update)


def _create(original: Original, data: Json) -> Response:
    arn = f"arn:aws:states:{get_region()}:{get_account_id()}:stateMachine:{data.get('name')}"
    return _refusal(arn, data) or original(data)


def _update(original: Original, data: Json) -> Response:
    machine = stepfunctions._state_machines.get(data.get("stateMachineArn")) or {}
    return _refusal(data.get("stateMachineArn", ""), {**machine, **data}) or original(data)


def _refusal(machine_arn: str, machine: Json) -> Response | None:
    role, region = machine.get("roleArn", ""), get_region()
    message = None
    if not service_may_assume(role, "states.amazonaws.com", machine_arn, region):
        message = f"The service principal states.amazonaws.com is not authorized to assume the provided role {role}."
    elif _NESTED.search(machine.get("definition", "")) and not _may_manage_the_rule(role, region):
        message = f"'{role}' is not authorized to create managed-rule."
    elif _logs(machine) and not all(role_may(role, action, "*", region) for action in _LOG_ACTIONS):
        message = "The state machine IAM Role is not authorized to access the Log Destination"
    if message is None:
        return None
    return error_response_json("AccessDeniedException", message, 400)


def _may_manage_the_rule(role: str, region: str) -> bool:
    rule = f"arn:aws:events:{region}:{role.split(':')[4]}:rule/{_RULE}"
    return all(role_may(role, action, rule, region) for action in _RULE_ACTIONS)


def _logs(machine: Json) -> bool:
    configuration = camel_cased(machine.get("loggingConfiguration") or {})
    return bool(configuration.get("level", "OFF") != "OFF")
