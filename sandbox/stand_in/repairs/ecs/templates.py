"""Services and task definitions in templates.

Restores: a number that comes from a parameter is a number, and a task definition has its platform. The library keeps
the text of such a number, so that nobody could register what it answers, and leaves the platform out.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-taskdefinition.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
"""

from collections.abc import Callable
from typing import Any

from ministack.services import ecs
from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.settings import Settings

_NUMBERS = frozenset(
    {
        "ContainerPort",
        "HostPort",
        "Memory",
        "MemoryReservation",
        "Cpu",
        "StartTimeout",
        "StopTimeout",
        "DesiredCount",
        "HealthCheckGracePeriodSeconds",
        "MaximumPercent",
        "MinimumHealthyPercent",
        "BakeTimeInMinutes",
    }
)
_TEXTS_OF_TASKS = ("Cpu", "Memory")
"""Texts in a task definition, and numbers in a container's."""


def apply(settings: Settings) -> None:
    """Read the properties before the library does."""
    for resource in ("AWS::ECS::TaskDefinition", "AWS::ECS::Service"):
        handlers = provisioners._RESOURCE_HANDLERS[resource]
        for operation in ("create", "update"):
            handlers[operation] = _reading(handlers[operation])


def _reading(original: Callable[..., Any]) -> Callable[..., Any]:
    def handler(*arguments: object, **options: object) -> object:
        read = [_read(each) if isinstance(each, dict) else each for each in arguments]
        made = original(*read, **options)
        _add_platform(made[0], [each for each in read if isinstance(each, dict)][-1])
        return made

    return handler


def _read(properties: Json) -> Json:
    texts = {name: properties[name] for name in _TEXTS_OF_TASKS if name in properties}
    found: Json = _with_numbers(properties)
    return {**found, **texts}


def _with_numbers(value: Any) -> Any:  # noqa: ANN401 -- a part of a template
    if isinstance(value, dict):
        return {
            name: int(each) if name in _NUMBERS and isinstance(each, str) else _with_numbers(each)
            for name, each in value.items()
        }
    return [_with_numbers(each) for each in value] if isinstance(value, list) else value


def _add_platform(arn: str, properties: Json) -> None:
    definition, platform = ecs._task_defs.get(ecs._resolve_td_key(arn) or ""), properties.get("RuntimePlatform")
    if definition is not None and platform:
        definition["runtimePlatform"] = provisioners._pascal_to_camel(platform)
