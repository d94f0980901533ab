"""The tasks of ECS in memory: RunTask and DescribeTasks, of one cluster with one service."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, cast

import botocore.session
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

from tests.unit.targets.fake_client import Answer, FakeClient, counted, refused

ACCOUNT, REGION, CLUSTER, SERVICE = "444444444444", "us-east-1", "main", "cowsay"
_MODEL = botocore.session.get_session().get_service_model("ecs")


def arn(resource: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:{resource}"


@dataclass
class FakeEcsTasks(FakeClient):
    """Refuses arguments that AWS' own model refuses."""

    service: dict[str, Any] | None = field(default_factory=dict)
    """What DescribeServices says of it beside its names; None when there is none."""
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By revision: what RegisterTaskDefinition took."""
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By ARN, as DescribeTasks returns them."""
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The arguments of each task's RunTask, by its clientToken."""
    failures: list[dict[str, str]] = field(default_factory=list)
    """Why no task is started."""
    _started: dict[str, str] = field(default_factory=dict)
    """The task that each clientToken has started."""

    @counted
    def describe_services(self, **given: Any) -> Answer:
        _require_valid("DescribeServices", given)
        if self.service is None or (given["cluster"], given["services"]) != (CLUSTER, [SERVICE]):
            return {"services": [], "failures": [{"arn": given["services"][0], "reason": "MISSING"}]}
        return {"services": [{"serviceName": SERVICE, **deepcopy(self.service)}], "failures": []}

    @counted
    def describe_task_definition(self, **given: Any) -> Answer:
        _require_valid("DescribeTaskDefinition", given)
        revision = given["taskDefinition"]
        if revision not in self.definitions:
            raise refused("DescribeTaskDefinition", "ClientException", "Unable to describe task definition.")
        found = {"taskDefinitionArn": arn(f"task-definition/{revision}"), "status": "ACTIVE"}
        return {"taskDefinition": found | deepcopy(self.definitions[revision]), "tags": []}

    @counted
    def run_task(self, **given: Any) -> Answer:
        """A token that is known returns its task, or is refused with another request.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
        """
        _require_valid("RunTask", given)
        token = given["clientToken"]
        if token in self._started:
            if given != self.requests[token]:
                raise _conflict(self._started[token])
            return {"tasks": [deepcopy(self.tasks[self._started[token]])], "failures": []}
        if self.failures:
            return {"tasks": [], "failures": list(self.failures)}
        made = arn(f"task/{CLUSTER}/{len(self.tasks) + 1:032x}")
        self.requests[token], self._started[token] = deepcopy(given), made
        names = [each["name"] for each in self.definitions[revision_in(given)]["containerDefinitions"]]
        self.tasks[made] = {
            "taskArn": made,
            "taskDefinitionArn": given["taskDefinition"],
            "lastStatus": "PROVISIONING",
            "containers": [{"name": each, "lastStatus": "PENDING"} for each in names],
        }
        return {"tasks": [deepcopy(self.tasks[made])], "failures": []}

    @counted
    def describe_tasks(self, **given: Any) -> Answer:
        _require_valid("DescribeTasks", given)
        found = [deepcopy(self.tasks[each]) for each in given["tasks"] if each in self.tasks]
        missing = [{"arn": each, "reason": "MISSING"} for each in given["tasks"] if each not in self.tasks]
        return {"tasks": found, "failures": missing}

    def end(self, task: str, stop_code: str | None = "EssentialContainerExited", **container: Any) -> None:
        """Let a task stop after it has run, with this of its first container."""
        seen = self.tasks[task] | {"lastStatus": "STOPPED", "startedAt": "2026-11-22T09:30:00Z"}
        seen["stoppedReason"] = "Essential container in task exited"
        self.tasks[task] = seen | ({"stopCode": stop_code} if stop_code else {})
        self.tasks[task]["containers"][0] |= {"lastStatus": "STOPPED", **container}

    def keep_from_starting(self, task: str, reason: str) -> None:
        """Let a task never start."""
        stopped = {"lastStatus": "STOPPED", "stopCode": "TaskFailedToStart", "stoppedReason": reason}
        self.tasks[task] |= stopped


def revision_in(request: Mapping[str, Any]) -> str:
    """Return the revision that a task runs."""
    return str(request["taskDefinition"]).rpartition("/")[2]


def _require_valid(operation: str, given: Mapping[str, Any]) -> None:
    shape = _MODEL.operation_model(operation).input_shape
    assert shape
    validate_parameters(dict(given), shape)


def _conflict(task: str) -> ClientError:
    error = refused("RunTask", "ConflictException", "The clientToken is in use with another request.")
    error.response |= cast("Any", {"resourceIds": [task]})  # The SDK adds what the error's own model has.
    return error
