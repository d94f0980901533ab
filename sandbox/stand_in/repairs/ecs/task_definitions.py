"""Task definitions.

Restores: a family's revisions are numbered one by one, and a name without a number is the newest active one. Tags are
shown only to who asks for them, and checked. A family is listed by its whole name. What a task definition does not have
is left out of its description, so that it can be registered again. Fargate has only some sizes.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
"""

import json
import re
import threading
from http import HTTPStatus

from ministack.core.responses import json_response
from ministack.services import ecs

from sandbox.stand_in.repairs.ecs.refusals import RefusedError, answering, invalid
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")
_TAG_TEXT = re.compile(r"[\w\s+\-=._:/@]*")
_TAGS, _KEY_LENGTH, _VALUE_LENGTH, _PAGE = 50, 128, 256, 100
_LISTS = ("portMappings", "environment", "mountPoints", "volumesFrom", "systemControls")
"""What ECS shows of every container."""
_KEPT = ("inferenceAccelerators", "enableFaultInjection")
"""What the library drops."""
_GIB = 1024
_FARGATE = {
    256: {512, 1024, 2048},
    512: {gib * _GIB for gib in range(1, 5)},
    1024: {gib * _GIB for gib in range(2, 9)},
    2048: {gib * _GIB for gib in range(4, 17)},
    4096: {gib * _GIB for gib in range(8, 31)},
    8192: {gib * _GIB for gib in range(16, 61, 4)},
    16384: {gib * _GIB for gib in range(32, 121, 8)},
}
_numbering = threading.Lock()


def apply(settings: Settings) -> None:
    """Check what comes in, and tidy what is kept."""
    replaced = {
        "RegisterTaskDefinition": ("_register_task_definition", _register),
        "DescribeTaskDefinition": ("_describe_task_definition", _describe),
        "ListTaskDefinitions": ("_list_task_definitions", _list),
        "TagResource": ("_tag_resource", _tag),
    }
    for action, (name, replacement) in replaced.items():
        put_in_front(ecs, name, answering(replacement))
        ecs._ACTION_MAP[action] = getattr(ecs, name)
    put_in_front(ecs, "_resolve_td_key", _key)
    put_in_front(ecs, "_next_task_def_revision", _one_at_a_time)


def _register(original: Original, data: Json) -> Response:
    if not _FAMILY.fullmatch(data.get("family") or ""):
        raise RefusedError("ClientException", "Family contains invalid characters.")
    if "tags" in data and not data["tags"]:
        raise RefusedError("ClientException", "Tags can not be empty.")
    _check_tags(data.get("tags") or [])
    _check_size(data)
    answer: Response = original(data)
    if answer[0] != HTTPStatus.OK:
        return answer
    made: Json = json.loads(answer[2])
    kept = ecs._task_defs[f"{made['taskDefinition']['family']}:{made['taskDefinition']['revision']}"]
    kept |= {name: data[name] for name in _KEPT if name in data}
    _tidy(kept)
    return json_response({**made, "taskDefinition": kept})


def _tidy(kept: Json) -> None:
    for name in [name for name, value in kept.items() if value in (None, "")]:
        del kept[name]
    for container in kept["containerDefinitions"]:
        for name in _LISTS:
            container.setdefault(name, [])


def _describe(original: Original, data: Json) -> Response:
    answer: Response = original(data)
    if answer[0] != HTTPStatus.OK:
        return answer
    found: Json = json.loads(answer[2])
    if "TAGS" not in (data.get("include") or []):
        del found["tags"]
    return json_response(found)


def _list(_original: Original, data: Json) -> Response:
    family, status = data.get("familyPrefix"), data.get("status") or "ACTIVE"
    kept = [each for each in ecs._task_defs.values() if each["status"] == status and family in {None, each["family"]}]
    kept.sort(key=lambda each: (each["family"], each["revision"]), reverse=data.get("sort") == "DESC")
    start, size = int(data.get("nextToken") or 0), min(data.get("maxResults") or _PAGE, _PAGE)
    more = {"nextToken": str(start + size)} if len(kept) > start + size else {}
    arns = [each["taskDefinitionArn"] for each in kept[start : start + size]]
    return json_response({"taskDefinitionArns": arns, **more})


def _tag(original: Original, data: Json) -> Response:
    arn, tags = data.get("resourceArn") or "", data.get("tags") or []
    _check_tags(tags)
    there = {each["key"] for each in ecs._tags.get(arn, [])}
    if len(there | {each["key"] for each in tags}) > _TAGS:
        raise invalid(f"A resource can have {_TAGS} tags.")
    answer: Response = original(data)
    return answer


def _check_tags(tags: list[Json]) -> None:
    for tag in tags:
        key, value = tag.get("key") or "", tag.get("value") or ""
        fits = 0 < len(key) <= _KEY_LENGTH and len(value) <= _VALUE_LENGTH
        if not fits or key.lower().startswith("aws:") or not _TAG_TEXT.fullmatch(key + value):
            raise invalid(f"Invalid tag: {key}={value}")


def _check_size(data: Json) -> None:
    if "FARGATE" not in (data.get("requiresCompatibilities") or []):
        return
    cpu, memory = str(data.get("cpu") or ""), str(data.get("memory") or "")
    if not cpu.isdigit() or not memory.isdigit() or int(memory) not in _FARGATE.get(int(cpu), set()):
        message = f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."
        raise RefusedError("ClientException", message)


def _key(original: Original, reference: str) -> str | None:
    """Let a family's name be its newest active revision."""
    name = (reference or "").rsplit("/", 1)[-1]
    if not name or ":" in name:
        found: str | None = original(reference)
        return found
    active = [each for each in ecs._task_defs.values() if each["family"] == name and each["status"] == "ACTIVE"]
    newest = max((each["revision"] for each in active), default=None)
    return f"{name}:{newest}" if newest is not None else name


def _one_at_a_time(original: Original, family: str) -> int:
    with _numbering:
        number: int = original(family)
    return number
