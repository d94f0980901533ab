"""Rules deliver to their targets only if permissions allow it. Otherwise they deliver to the dead-letter queue.

Restores: EventBridge starts a state machine, and reaches another bus, with the target's role. It invokes a function if
the function's policy allows it, and sends to a queue if the queue's policy does; a FIFO queue's message group may be a
path into the event. The policy of another account's bus must also allow the sender. An event that cannot be delivered
goes to the target's dead-letter queue, with the reason, if that queue's policy allows it.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
https://github.com/aws/aws-cdk/discussions/23790
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import contextvars
import functools
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, lambda_svc, sqs, stepfunctions

from sandbox.stand_in.repairs.iam.decisions import role_may, service_may_assume
from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.repairs.scope import in_scope
from sandbox.stand_in.settings import Settings

_log = logging.getLogger(__name__)
_EVENTBRIDGE = "events.amazonaws.com"


class UndeliverableError(Exception):
    """The target cannot take the event. `code` is EventBridge's name for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Delivery:
    """The current target, and its rule."""

    target: Json
    rule_arn: str


_under_way: contextvars.ContextVar[Delivery] = contextvars.ContextVar("delivery")


def apply(settings: Settings) -> None:
    """Check permissions before each delivery."""

    def invoke_target(original: Original, target: Json, event: Json, rule: Json, view: object = None) -> None:
        delivery = Delivery(target, rule["Arn"])
        token = _under_way.set(delivery)
        try:
            original(target, event, rule, view)
        finally:
            _under_way.reset(token)

    def checked(original: Original, payload: str, *arguments: object) -> None:
        delivery = _under_way.get()
        try:
            original(delivery, payload, *arguments)
        except UndeliverableError as error:
            _log.warning("EventBridge could not deliver to %s: %s", delivery.target["Arn"], error)
            _to_the_queue(delivery, payload, error)

    def to_machine(_original: Original, arn: str, payload: str) -> None:
        checked(_start_machine, payload, arn)

    def to_function(_original: Original, arn: str, payload: str) -> None:
        checked(_invoke_function, payload, arn)

    def to_bus(original: Original, spec: Any, event: Json, *rest: Any) -> None:  # noqa: ANN401
        payload = json.dumps(eventbridge._pattern_event_view(event).event_with_detail())
        checked(_reach_bus, payload, spec, functools.partial(original, spec, event, *rest))

    def to_queue(original: Original, spec: Any, payload: str, parameters: Json | None = None) -> None:  # noqa: ANN401
        if _under_way.get(None) is None or _is_its_dead_letter_queue(str(spec)):
            original(spec, payload, parameters)  # _to_the_queue has asked
            return
        own = functools.partial(original, spec, payload, _with_group(parameters, payload))
        checked(_send_to_queue, payload, str(spec), own)

    put_in_front(eventbridge, "_invoke_target", invoke_target)
    put_in_front(eventbridge, "_dispatch_to_sqs", to_queue)
    put_in_front(eventbridge, "_dispatch_to_stepfunctions", to_machine)
    put_in_front(eventbridge, "_dispatch_to_lambda", to_function)
    put_in_front(eventbridge, "_dispatch_to_event_bus", to_bus)


def _start_machine(delivery: Delivery, payload: str, arn: str) -> None:
    if stepfunctions._resolve_state_machine_arn(arn) is None:
        raise UndeliverableError("RESOURCE_NOT_FOUND", f"State machine does not exist: {arn}")
    _require_role(delivery, "states:StartExecution", arn)
    status, _, body = stepfunctions._start_execution({"stateMachineArn": arn, "input": payload})
    if status != HTTPStatus.OK:
        raise UndeliverableError("SDK_CLIENT_ERROR", body.decode())


def _invoke_function(delivery: Delivery, payload: str, arn: str) -> None:
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if function is None or config is None:
        raise UndeliverableError("RESOURCE_NOT_FOUND", f"Function does not exist: {arn}")
    policy = lambda_svc.function_policy_for_arn(arn)
    if policy is None or not service_allowed(policy[0], "lambda:InvokeFunction", arn, delivery.rule_arn):
        raise UndeliverableError("NO_PERMISSIONS", f"The policy of {arn} does not let EventBridge invoke it")
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(function, config), json.loads(payload))


def _is_its_dead_letter_queue(arn: str) -> bool:
    return bool((_under_way.get().target.get("DeadLetterConfig") or {}).get("Arn") == arn)


def _with_group(parameters: Json | None, payload: str) -> Json:
    """Take the message group from the event, where it is a path like $.detail.service."""
    group = str((parameters or {}).get("MessageGroupId") or "")
    found: Any = json.loads(payload)
    if not group.startswith("$."):
        return parameters or {}
    for name in group.split(".")[1:]:
        found = found[name]
    return {"MessageGroupId": str(found)}


def _send_to_queue(delivery: Delivery, _payload: str, arn: str, hand_over: Callable[[], None]) -> None:
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        raise UndeliverableError("RESOURCE_NOT_FOUND", f"Queue does not exist: {arn}")
    if not service_allowed(queue["attributes"].get("Policy") or "", "sqs:SendMessage", arn, delivery.rule_arn):
        raise UndeliverableError("NO_PERMISSIONS", f"The policy of {arn} does not let EventBridge send to it")
    hand_over()


def _reach_bus(delivery: Delivery, payload: str, spec: Any, hand_over: Callable[[], None]) -> None:  # noqa: ANN401
    sender, arn, name = get_account_id(), delivery.target["Arn"], spec.resource.split("/", 1)[1]
    _require_role(delivery, "events:PutEvents", arn)

    def receive() -> None:
        if name not in eventbridge._event_buses:
            raise UndeliverableError("RESOURCE_NOT_FOUND", f"Event bus does not exist: {arn}")
        if spec.account_id != sender and not _lets_in(name, delivery, sender, json.loads(payload)):
            raise UndeliverableError("NO_PERMISSIONS", f"The policy of {arn} does not let {sender} put events")
        hand_over()

    in_scope(spec.account_id, spec.region, receive)


def _require_role(delivery: Delivery, action: str, resource: str) -> None:
    role = delivery.target.get("RoleArn")
    if not role or not service_may_assume(role, _EVENTBRIDGE, delivery.rule_arn, get_region()):
        raise UndeliverableError("NO_PERMISSIONS", f"EventBridge may not assume the target's role {role}")
    if not role_may(role, action, resource, get_region()):
        raise UndeliverableError("NO_PERMISSIONS", f"{role} is not authorized to perform: {action} on {resource}")


def _lets_in(bus: str, delivery: Delivery, account: str, event: Json) -> bool:
    """Return whether the bus' policy lets the account put the event.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    role = (delivery.target.get("RoleArn") or "").rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/events",
        principal_type="AssumedRole",
        principal_account=account,
        action="events:PutEvents",
        resource_arn=delivery.target["Arn"],
        region=get_region(),
        service_context={"events:source": event["source"], "events:detail-type": event["detail-type"]},
    )
    policy = eventbridge._event_bus_policies.get(bus) or {}
    return bool(iam_evaluator.evaluate_resource_policy(policy, context).decision == "Allow")


def service_allowed(
    policy: Json | str, action: str, resource: str, source_arn: str, service: str = _EVENTBRIDGE
) -> bool:
    """Return whether a resource's policy lets an AWS service act on it on behalf of `source_arn`."""
    context = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_arn.split(":")[4]},
    )
    return bool(iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow")


def _to_the_queue(delivery: Delivery, payload: str, error: UndeliverableError) -> None:
    arn = (delivery.target.get("DeadLetterConfig") or {}).get("Arn", "")
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        return
    policy = queue["attributes"].get("Policy") or ""
    if not service_allowed(policy, "sqs:SendMessage", arn, delivery.rule_arn):
        _log.warning("EventBridge may not send to the dead-letter queue %s: the event is lost", arn)
        return
    eventbridge._dispatch_to_sqs(parse_arn(arn), payload)
    texts = {
        "RULE_ARN": delivery.rule_arn,
        "TARGET_ARN": delivery.target["Arn"],
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": str(error),
    }
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
    queue["messages"][-1]["message_attributes"] = attributes
