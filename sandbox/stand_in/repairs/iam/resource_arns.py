"""The resource that a call is authorised on.

Restores: the ARN that AWS documents for these calls. A function has its qualifier, a mail is the identity that sends
it, a new function has its name, an answer to a task token is the token's machine, parameters have their path, a log
stream is within its group, a build is its project, a stack has its name, and a simulation is of its role. The library
checks them on `*` or on something wider.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from ministack.core import iam_actions
from ministack.services import ses, ses_v2

from sandbox.stand_in.repairs.engine.runs import all_runs
from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_PARTS_OF_A_FUNCTION_ARN = 7


def apply(settings: Settings) -> None:
    """Return the more exact ARN, if there is one."""
    put_in_front(iam_actions, "extract_resource_arn", _resource_arn)


def _resource_arn(original: Original, service: str, *request: object) -> str:
    arn: str = original(service, *request)
    body: Any
    query_params: Any
    *_, body, query_params, region, account = request
    if service == "lambda" and arn == "*":
        arn = _new_function(arn, body, f"{region}:{account}")
    if service == "lambda":
        return _function(arn, query_params)
    name = _NAMES.get(service)
    if name is None:
        return arn
    try:
        return name(arn, body, f"{region}:{account}")
    except (ValueError, TypeError, AttributeError):
        return arn  # the service refuses what cannot be read


def _function(arn: str, query_params: Json) -> str:
    qualifier = query_params.get("Qualifier")
    return f"{arn}:{qualifier[0]}" if qualifier and len(arn.split(":")) == _PARTS_OF_A_FUNCTION_ARN else arn


def _new_function(arn: str, body: bytes, place: str) -> str:
    """Read the name from the body of CreateFunction. Other calls have it in their path."""
    try:
        name = _request(body).get("FunctionName")
    except ValueError:
        return arn
    return f"arn:aws:lambda:{place}:function:{name}" if name else arn


def _task(arn: str, body: bytes, place: str) -> str:
    """Return the ARN of the machine that waits with the task token."""
    token = _request(body).get("taskToken")
    for execution, run in all_runs():
        if token and run.env is not None and run.env.callback_pool_manager.get(token) is not None:
            return f"arn:aws:states:{place}:stateMachine:{execution.split(':')[6]}"
    return arn


def _mail(arn: str, body: bytes, place: str) -> str:
    text = body.decode()
    found = re.search(r'"FromEmailAddress"\s*:\s*"([^"]+)"', text) or re.search(r"(?:^|&)Source=([^&]+)", text)
    if arn != "*" or found is None:
        return arn
    sender = re.sub(r".*<(.+)>", r"\1", unquote_plus(found[1]))
    known = sender in ses._identities or sender in ses_v2._identities
    return f"arn:aws:ses:{place}:identity/{sender if known else sender.split('@')[-1]}"


def _parameters(arn: str, body: bytes, place: str) -> str:
    """Return the ARN of the path, or of the first of several names; `parameter_names` asks for all of them."""
    request = _request(body)
    if arn == "*" and (names := request.get("Names")):
        return f"arn:aws:ssm:{place}:parameter/{names[0].lstrip('/')}"
    path = request.get("Path")
    return f"arn:aws:ssm:{place}:parameter{path.rstrip('/')}" if arn == "*" and path else arn


def _log_stream(arn: str, body: bytes, _place: str) -> str:
    stream = _request(body).get("logStreamName")
    return f"{arn}:log-stream:{stream}" if stream and ":log-group:" in arn else arn


def _build(arn: str, body: bytes, place: str) -> str:
    """A build's id begins with its project's name."""
    ids = _request(body).get("ids")
    return f"arn:aws:codebuild:{place}:project/{ids[0].partition(':')[0]}" if arn == "*" and ids else arn


def _stack(arn: str, body: bytes, place: str) -> str:
    """A stack that is named has an id too, which its caller need not know."""
    found = re.search(r"(?:^|&)StackName=([^&]+)", body.decode())
    return f"arn:aws:cloudformation:{place}:stack/{unquote_plus(found[1])}/id" if arn == "*" and found else arn


def _simulated(arn: str, body: bytes, _place: str) -> str:
    found = re.search(r"(?:^|&)PolicySourceArn=([^&]+)", body.decode())
    return unquote_plus(found[1]) if arn == "*" and found else arn


def _request(body: bytes) -> dict[str, Any]:
    request: dict[str, Any] = json.loads(body or b"{}")
    return request


_NAMES: dict[str, Callable[[str, bytes, str], str]] = {
    "states": _task,
    "ses": _mail,
    "ssm": _parameters,
    "logs": _log_stream,
    "codebuild": _build,
    "cloudformation": _stack,
    "iam": _simulated,
}
