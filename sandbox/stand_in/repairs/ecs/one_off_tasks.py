"""Tasks that run once.

Restores: RunTask starts a task that runs its command, ends with its exit code, and goes through all states meanwhile.
A repeated client token returns the same tasks. The cluster, the task definition and the containers of `overrides` have
to exist, and a task in `awsvpc` mode needs a network. StopTask ends the command. Each state is an event.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
https://github.com/azavea/django-ecsmanage/issues/21 and https://github.com/fabfuel/ecs-deploy/issues/133 (the words)
A sidecar never runs here: only the container that `overrides` name, or the first essential one.
"""

import contextvars
import json
import threading
from collections.abc import Iterator
from http import HTTPStatus

from ministack.core.responses import error_response_json, json_response
from ministack.services import ecs

from sandbox.stand_in.repairs.aws_events import put_aws_event
from sandbox.stand_in.repairs.ecs.containers import StartError, started
from sandbox.stand_in.repairs.ecs.processes import Process
from sandbox.stand_in.repairs.replacing import Json, Original, Response
from sandbox.stand_in.settings import Settings

_INVALID = "InvalidParameterException"
_running: dict[str, Process] = {}
"""The processes of running tasks, by the task's ARN."""
_tokens: dict[tuple[str, str], tuple[Json, list[str]]] = {}
"""What was asked with a client token in a cluster (its ARN), and the tasks that were started."""


def apply(settings: Settings) -> None:
    """Start, run and stop tasks."""
    run, stop = ecs._ACTION_MAP["RunTask"], ecs._ACTION_MAP["StopTask"]
    ecs._ACTION_MAP["RunTask"] = lambda request: _run(run, request)
    ecs._ACTION_MAP["StopTask"] = lambda request: _stop(stop, request)


def _run(original: Original, request: Json) -> Response:
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    cluster = ecs._clusters[ecs._resolve_cluster_name(request.get("cluster"))]["clusterArn"]
    key = cluster, request.get("clientToken") or ""
    asked, known = _tokens.get(key, ({}, []))
    if known and asked != request:
        message = "The provided clientToken is already in use with a different RunTask request."
        conflict: Response = error_response_json("ConflictException", message, 400, {"resourceIds": known})
        return conflict
    if known:
        return _answer(known)
    answer: Response = original(request)
    if answer[0] != HTTPStatus.OK:
        return answer
    arns = [each["taskArn"] for each in json.loads(answer[2])["tasks"]]
    if request.get("clientToken"):
        _tokens[key] = request, arns
    for arn in arns:
        _provision(ecs._tasks[arn])
    begun = _answer(arns)
    for arn in arns:
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(_live, ecs._tasks[arn]), daemon=True).start()
    return begun


def _answer(arns: list[str]) -> Response:
    found: Response = json_response({"tasks": [ecs._sanitize(ecs._tasks[arn]) for arn in arns], "failures": []})
    return found


def _refusal(request: Json) -> Response | None:
    definition = ecs._task_defs.get(ecs._resolve_td_key(request.get("taskDefinition", "")))
    refusal: Response | None = None
    if ecs._resolve_cluster_name(request.get("cluster")) not in ecs._clusters:
        refusal = error_response_json("ClusterNotFoundException", "Cluster not found.", 400)
    elif definition is None:
        refusal = error_response_json("ClientException", "TaskDefinition not found.", 400)
    elif definition["status"] != "ACTIVE":
        refusal = error_response_json("ClientException", "TaskDefinition is inactive", 400)
    elif definition["networkMode"] == "awsvpc" and ecs._requested_subnet(request) is None:
        message = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        refusal = error_response_json(_INVALID, message, 400)
    elif definition["networkMode"] != "awsvpc" and request.get("networkConfiguration"):
        message = "Network Configuration is not valid for the given networkMode of this task definition."
        refusal = error_response_json(_INVALID, message, 400)
    elif unknown := next(_unknown_containers(request, definition), None):
        message = f"Override for container named {unknown} is not a container in the TaskDefinition."
        refusal = error_response_json(_INVALID, message, 400)
    return refusal


def _unknown_containers(request: Json, definition: Json) -> Iterator[str]:
    names = {each["name"] for each in definition["containerDefinitions"]}
    yield from (each["name"] for each in _overrides(request) if each["name"] not in names)


def _overrides(request: Json) -> list[Json]:
    found: list[Json] = (request.get("overrides") or {}).get("containerOverrides") or []
    return [each for each in found if each.get("name")]


def _provision(task: Json) -> None:
    """Bring back a task that the library has made run at once."""
    task.update(lastStatus="PROVISIONING", pullStartedAt=None, pullStoppedAt=None, startedAt=None)
    for container in task["containers"]:
        container.update(lastStatus="PENDING", runtimeId=None)


def _live(task: Json) -> None:
    arn = task["taskArn"]
    ecs._mark_task_pending(arn, task)
    ecs._mark_task_activating(arn, task)
    _announce(task)
    override: Json = next(iter(_overrides(task)), {})
    roles = {key: value for key, value in (task.get("overrides") or {}).items() if key == "taskRoleArn"}
    definition = ecs._task_defs[ecs._resolve_td_key(task["taskDefinitionArn"])]
    try:
        container = started(definition, override.get("name"), {**override, **roles})
    except StartError as error:
        _fail(task, str(error))
        return
    own = next(each for each in task["containers"] if each["name"] == container.name)
    own["imageDigest"] = container.digest
    process = _running[arn] = Process(container)
    if not ecs._mark_task_running(arn, task):  # stopped meanwhile
        del _running[arn]
        return
    for each in task["containers"]:
        each["lastStatus"] = "RUNNING"
    _announce(task)
    own["exitCode"] = process.run()
    _log(definition, task, container.name, process.output)
    del _running[arn]
    reason, code = process.stop_reason, "UserInitiated"
    if reason is None:
        reason, code = "Essential container in task exited", "EssentialContainerExited"
    if ecs._mark_task_stopped(arn, task, reason, code):
        _announce(task)


def _fail(task: Json, reason: str) -> None:
    for each in task["containers"]:
        each["reason"] = reason
    if ecs._mark_task_stopped(task["taskArn"], task, reason, "TaskFailedToStart"):
        _announce(task)


def _stop(original: Original, request: Json) -> Response:
    task = ecs._resolve_task(request.get("task", ""), ecs._resolve_cluster_name(request.get("cluster")))
    process = _running.get(task["taskArn"]) if task else None
    if process is None:
        answer: Response = original(request)
        return answer
    process.stop(request.get("reason") or "Task stopped by user")
    task["stoppingAt"] = ecs._iso()
    found: Response = json_response({"task": {**ecs._sanitize(task), "desiredStatus": "STOPPED"}})
    return found


def _log(definition: Json, task: Json, name: str, output: str) -> None:
    """Put what the command printed where the container's log is."""
    described = next(each for each in definition["containerDefinitions"] if each["name"] == name)
    where = ecs._awslogs_config(described, task["taskArn"].rsplit("/", 1)[-1], task["taskArn"])
    if where and ecs._ensure_awslogs_stream(where):
        for line in output.splitlines():
            ecs._emit_awslogs_event(where, line)


def _announce(task: Json) -> None:
    detail: Json = ecs._sanitize(task)
    put_aws_event("aws.ecs", "ECS Task State Change", detail, task["taskArn"])
