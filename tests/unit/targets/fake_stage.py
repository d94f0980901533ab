"""A stage as API Gateway keeps it.

What `copy` and `replace` do was recorded on AWS:
https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_canary.snapshot.json
"""

from collections.abc import Set as AbstractSet
from copy import deepcopy
from dataclasses import dataclass, field

from tests.unit.targets.fake_client import Answer

_LOG_FORMAT = (
    '{"apiId":"$context.apiId","stage":"$context.stage","isCanaryRequest":"$context.isCanaryRequest",'
    '"status":$context.status,"responseLatency":$context.responseLatency}'
)


LOG_GROUP = "/rest-apis/cowsay"
_LOG = {"format": _LOG_FORMAT, "destinationArn": "arn:aws:logs:us-east-1:222222222222:log-group:" + LOG_GROUP}


class InvalidPatchError(Exception):
    """What UpdateStage refuses. Then it changes nothing."""


@dataclass
class FakeStage:
    """One stage. Its time of change has whole seconds, of which tests let one pass with each `tick`."""

    content: Answer
    seconds: int = 0
    removes_canaries_alone: bool = False
    """Whether it refuses to remove a canary in one patch with anything else, which AWS may do."""
    versions: list[Answer] = field(default_factory=list)
    """What it was after each change, whoever made it."""

    @classmethod
    def on(cls, name: str, deployment: str) -> "FakeStage":
        """Return a stage whose access log says what Gantry needs."""
        stage = cls({"stageName": name, "deploymentId": deployment, "accessLogSettings": dict(_LOG)})
        stage.versions.append(stage.described)
        return stage

    @property
    def described(self) -> Answer:
        """The answer of GetStage."""
        return deepcopy(self.content) | {"lastUpdatedDate": self.seconds}

    def set(self, **content: object) -> None:
        """Let somebody change it, a second later."""
        self.seconds += 1
        self.content |= content
        self.versions.append(self.described)

    def patch(self, operations: list[Answer], deployments: AbstractSet[str]) -> None:
        """Apply all operations or none."""
        removes = {"op": "remove", "path": "/canarySettings"} in operations
        if self.removes_canaries_alone and removes and len(operations) > 1:
            raise InvalidPatchError("Invalid patch: /canarySettings cannot be removed with other operations")
        new = deepcopy(self.content)
        for operation in operations:
            _apply(new, operation, deployments)
        self.content = new
        self.versions.append(self.described)


def _apply(stage: Answer, operation: Answer, deployments: AbstractSet[str]) -> None:
    path = operation["path"].split("/")[1:]
    match operation["op"], path:
        case "copy", ["deploymentId"]:
            stage["deploymentId"] = _canary(stage)["deploymentId"]
        case "copy", ["variables"]:
            stage.setdefault("variables", {}).update(_canary(stage)["stageVariableOverrides"])
        case "replace", ["canarySettings", *setting]:
            new = {"deploymentId": stage["deploymentId"], "percentTraffic": 0.0}
            _replace(stage.setdefault("canarySettings", new), setting, operation["value"], deployments)
        case "replace", _:
            _replace(stage, path, operation["value"], deployments)
        case "remove", ["canarySettings"]:
            stage.pop("canarySettings", None)
        case "remove", ["canarySettings", "stageVariableOverrides", name]:
            _canary(stage)["stageVariableOverrides"].pop(name, None)
        case "remove", ["variables", name]:
            stage.get("variables", {}).pop(name, None)
        case _:
            raise InvalidPatchError(f"Invalid {operation['op']} operation with path: {operation['path']}")


def _replace(settings: Answer, path: list[str], value: str, deployments: AbstractSet[str]) -> None:
    match path:
        case ["deploymentId"]:
            if value not in deployments:
                raise InvalidPatchError("Deployment id does not exist")
            settings["deploymentId"] = value
        case ["percentTraffic"]:
            settings["percentTraffic"] = float(value)
        case ["useStageCache"]:
            settings["useStageCache"] = value == "true"
        case ["variables" | "stageVariableOverrides" as group, name]:
            settings.setdefault(group, {})[name] = value
        case _:
            raise InvalidPatchError(f"Invalid method setting path: {'/'.join(path)}")


def _canary(stage: Answer) -> Answer:
    if "canarySettings" not in stage:
        raise InvalidPatchError("Promotion not available. Canary does not exist.")
    canary: Answer = stage["canarySettings"]
    return canary
