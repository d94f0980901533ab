"""Events that a function fails for, however often Lambda tries, go to the function's dead-letter queue.

Restores: the message is the event itself, and its attributes say why, if the function's role may send to the queue. In
the library it is the record that Lambda sends to a destination, which is something else, whatever the role. Nor does a
function of a template get its queue there.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
"""

import json
import logging
import uuid

from ministack.core.arn import parse_arn
from ministack.core.responses import get_region
from ministack.services import eventbridge, lambda_svc, sqs
from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.iam.decisions import role_may
from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_log = logging.getLogger(__name__)
_FUNCTION_ERROR = "200"
"""The status of an invocation whose function has failed."""


def apply(settings: Settings) -> None:
    """Tell a dead-letter queue from a destination, and take it from templates."""
    put_in_front(lambda_svc, "_route_async_failure", _to_the_queue)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handlers["create"], handlers["update"]

    def create_with_queue(logical_id: str, properties: Json, stack: str) -> object:
        created = create(logical_id, properties, stack)
        _set_queue(created[0], properties)
        return created

    def update_with_queue(name: str, before: Json, after: Json, *rest: object, **options: object) -> object:
        updated = update(name, before, after, *rest, **options)
        _set_queue(name, after)
        return updated

    handlers["create"], handlers["update"] = create_with_queue, update_with_queue


def _set_queue(function: str, properties: Json) -> None:
    if wanted := properties.get("DeadLetterConfig"):
        lambda_svc._functions[function]["config"]["DeadLetterConfig"] = wanted


def _to_the_queue(original: Original, target: str, function: str, event: Json, result: Json) -> None:
    _, config, _ = lambda_svc._get_func_record_for_ref(function)
    queue = sqs._queue_by_arn(target)
    if queue is None or (config.get("DeadLetterConfig") or {}).get("TargetArn") != target:
        original(target, function, event, result)
        return
    if not role_may(config["Role"], "sqs:SendMessage", target, get_region()):
        _log.warning("%s is not authorized to send to %s: the event is lost", config["Role"], target)
        return
    eventbridge._dispatch_to_sqs(parse_arn(target), json.dumps(event))
    body = result.get("body")
    message = str(body.get("errorMessage")) if isinstance(body, dict) else ""
    queue["messages"][-1]["message_attributes"] = {
        "RequestID": {"DataType": "String", "StringValue": str(uuid.uuid4())},
        "ErrorCode": {"DataType": "Number", "StringValue": _FUNCTION_ERROR},
        "ErrorMessage": {"DataType": "String", "StringValue": message[:1024]},
    }
