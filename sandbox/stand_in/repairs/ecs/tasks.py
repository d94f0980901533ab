"""The tasks of a service, which answer the requests that come to its target group.

Restores: the tasks of a service revision are the targets of its target group. They are what their task definition says:
image, environment, secrets and command, as they were when the tasks started.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html

A request calls the function that the container's command names, with the event that a load balancer sends to a Lambda
function. It answers with a status and a body, or with anything else, which is the JSON of status 200. A function that
raises gives status 500, and one that does not load or answer in time gives none. No target is checked for its health,
and all tasks of a revision share what they started with.
"""

import base64
import json
import random
import sys
import threading
from typing import Any, Final

from ministack.core.responses import new_uuid
from ministack.services import lambda_svc

from sandbox.stand_in.repairs.ecs import traffic
from sandbox.stand_in.repairs.ecs.containers import Container, StartError, started
from sandbox.stand_in.repairs.ecs.service_revisions import task_definition_of
from sandbox.stand_in.repairs.functions.image_source import is_in_registry
from sandbox.stand_in.repairs.replacing import Json, Response
from sandbox.stand_in.served_by import DIGEST, REVISION

NO_ANSWER: Final = 0
"""The status of a request that its task did not answer."""
_SECONDS = 30
_NAME = "containerName"

_containers: dict[str, Container] = {}
"""What the tasks of a service revision (its ARN) have started."""
_starting = threading.Lock()


def start(revision: Json) -> str | None:
    """Start the tasks of a service revision; return why they cannot, or None.

    An image of another registry cannot be run here. Its tasks count as started, and answer no request.
    """
    definition = task_definition_of(revision)
    foreign = [each["image"] for each in definition["containerDefinitions"] if not is_in_registry(each["image"])]
    names = [each.get(_NAME) for each in revision.get("loadBalancers") or []]
    with _starting:
        if foreign or revision["serviceRevisionArn"] in _containers:
            return None
        try:
            _containers[revision["serviceRevisionArn"]] = started(definition, next(filter(None, names), None))
        except StartError as error:
            return str(error)
    return None


def answering(group: str, chance: random.Random) -> Container | None:
    """Return one of the containers that answer for a target group, or None.

    In a rolling deployment each revision has as much of the traffic as it has tasks.
    """
    backends = [each for each in traffic.behind(group) if each.revision["serviceRevisionArn"] in _containers]
    if not backends:
        return None
    (chosen,) = chance.choices(backends, [each.tasks for each in backends])
    return _containers[chosen.revision["serviceRevisionArn"]]


def answer_of(container: Container, group: str, *request: Any) -> Response:  # noqa: ANN401 -- the library's own
    """Return the answer of a task to a request: its method, path, headers, body and query."""
    method, path, headers, body, query = request
    event = {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": method,
        "path": path,
        "queryStringParameters": {name: values[-1] for name, values in query.items()},
        "headers": dict(headers),
        "body": base64.b64encode(body or b"").decode(),
        "isBase64Encoded": True,
    }
    status, content = _read(call(container, event))
    served = {DIGEST: container.digest, REVISION: container.task_definition.rsplit("/", 1)[-1]}
    return status, {"Content-Type": "application/json", **served}, content


def call(container: Container, event: Json) -> Json:
    """Return what the container's function answers, as the library reports it; an error if it names none."""
    if container.function is None:
        return {"error": True}
    account, region = container.place
    name = container.task_definition.rsplit("/", 1)[-1].replace(":", "-")
    config = {
        "FunctionName": f"ecs-{name}",
        # A function's ARN, because the library looks there for the account and the region of a process.
        "FunctionArn": f"arn:aws:lambda:{region}:{account}:function:ecs-{name}",
        "Version": container.id,
        "Role": container.role,
        "Runtime": f"python{sys.version_info.major}.{sys.version_info.minor}",
        "Handler": container.function,
        "PackageType": "Zip",
        "Timeout": _SECONDS,
        "Environment": {"Variables": container.environment},
    }
    function = {"config": config, "code_zip": container.image.code}
    result: Json = lambda_svc._execute_function_warm(function, event, new_uuid())
    return result


def _read(result: Json) -> tuple[int, bytes]:
    body = result.get("body")
    if result.get("error"):
        # The runtime gives the trace of an error that the function raised, and of nothing else.
        raised = isinstance(body, dict) and bool(body.get("stackTrace"))
        return (500, b'{"message": "Internal Server Error"}') if raised else (NO_ANSWER, b"")
    if isinstance(body, dict) and "statusCode" in body:
        content = str(body.get("body") or "")
        return int(body["statusCode"]), base64.b64decode(content) if body.get("isBase64Encoded") else content.encode()
    return 200, json.dumps(body).encode()
