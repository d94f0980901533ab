"""The SDK of Lambda's runtime may be older than the pauses of ECS' deployments."""

import copy
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.loaders import Loader

from gantry.aws.clients import KnownServices

VERSION = "2014-11-13"
DEPLOYMENT = "arn:aws:ecs:us-east-1:222222222222:service-deployment/main/cowsay/r9i43YFjvgF"
GANTRY = Path(__file__).parents[3] / "functions/gantry"
ADDITIONS = json.loads((GANTRY / "aws/ecs_additions.json").read_text())
NOT_KNOWN_BEFORE = {
    "DeploymentCircuitBreaker": ("resetOnHealthyTask", "thresholdConfiguration"),
    "DeploymentConfiguration": ("canaryConfiguration", "earlySuccessCriteria", "linearConfiguration"),
    "DeploymentLifecycleHook": ("hookDetails", "targetType", "timeoutConfiguration"),
    "Service": ("currentServiceDeployment", "currentServiceRevisions", "resourceManagementType"),
    "ServiceDeployment": ("lifecycleHookDetails",),
    "ServiceRevisionSummary": ("requestedProductionTrafficWeight", "requestedTestTrafficWeight"),
    "TaskDefinition": ("deleteRequestedAt",),
    "Volume": ("s3filesVolumeConfiguration",),
}
"""Members that botocore 1.40.4 of July 2025 does not know."""
PAUSE = {
    "targetType": "PAUSE",
    "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
    "timeoutConfiguration": {"timeoutInMinutes": 15, "action": "ROLLBACK"},
}
WAITING = {"hookId": "ecs-pause-1", "targetType": "PAUSE", "status": "AWAITING_ACTION", "timeoutAction": "ROLLBACK"}


def newest() -> dict[str, Any]:
    """ECS as the SDK here describes it."""
    found: dict[str, Any] = copy.deepcopy(Loader().load_service_model("ecs", "service-2", VERSION))
    return found


@cache
def older() -> str:
    """ECS as the SDK described it in July 2025, before steps and pauses."""
    model = newest()
    del model["operations"]["ContinueServiceDeployment"]
    for name, members in NOT_KNOWN_BEFORE.items():
        for member in members:
            del model["shapes"][name]["members"][member]
    named = needed(model["shapes"], {shape["shape"] for each in model["operations"].values() for shape in shapes(each)})
    model["shapes"] = {name: shape for name, shape in model["shapes"].items() if name in named}
    assert "DeploymentLifecycleHookTimeoutConfiguration" not in model["shapes"]
    return json.dumps(model)


def shapes(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """What an operation takes, returns and raises."""
    errors: list[dict[str, Any]] = operation.get("errors", [])
    return [operation[key] for key in ("input", "output") if key in operation] + errors


def needed(known: dict[str, Any], names: set[str]) -> set[str]:
    """Shapes with all that they consist of."""
    seen, left = set[str](), set(names)
    while left:
        shape = known[name := left.pop()]
        seen.add(name)
        parts = [
            *shape.get("members", {}).values(),
            *(shape[key] for key in ("member", "key", "value") if key in shape),
        ]
        left |= {each["shape"] for each in parts} - seen
    return seen


class OnlyEcs(KnownServices):
    """Finds ECS where it is put."""

    def list_available_services(self, type_name: str) -> list[str]:
        del type_name
        return ["ecs"]


class Ecs:
    """A client that keeps the body of its last request, and gets the answer that it is given."""

    def __init__(self, models: Path) -> None:
        session: Any = botocore.session.Session()
        session.register_component("data_loader", OnlyEcs(extra_search_paths=[str(models)]))
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self.client: Any = session.create_client("ecs", region_name="us-east-1", **keys)
        answered: Any = self._answered
        self.client.meta.events.register("before-send.ecs", answered)
        self.answer: dict[str, Any] = {}
        self.sent: dict[str, Any] = {}
        self.operation = ""

    def _answered(self, request: Any, **_: object) -> Any:
        self.operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        self.sent = json.loads(request.body)
        return AWSResponse(request.url, 200, HTTPHeaders(), Raw(json.dumps(self.answer).encode()))


class Raw:
    """The body of an answer, as it comes over the wire."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


@pytest.fixture
def ecs(tmp_path: Path) -> Ecs:
    """A client of the SDK of July 2025."""
    folder = tmp_path / "ecs" / VERSION
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(older())
    return Ecs(tmp_path)


def test_an_older_sdk_answers_a_pause(ecs: Ecs) -> None:
    ecs.answer = {"serviceDeploymentArn": DEPLOYMENT}
    asked = {"serviceDeploymentArn": DEPLOYMENT, "hookId": "ecs-pause-1", "action": "CONTINUE"}
    answer = ecs.client.continue_service_deployment(**asked)
    assert (ecs.operation, ecs.sent) == ("ContinueServiceDeployment", asked)
    assert answer["serviceDeploymentArn"] == DEPLOYMENT


def test_an_older_sdk_asks_for_pauses(ecs: Ecs) -> None:
    configuration = {"strategy": "LINEAR", "lifecycleHooks": [PAUSE]}
    ecs.client.update_service(cluster="main", service="cowsay", deploymentConfiguration=configuration)
    assert ecs.sent["deploymentConfiguration"] == configuration


def test_an_older_sdk_sees_which_pause_waits(ecs: Ecs) -> None:
    ecs.answer = {"serviceDeployments": [{"lifecycleHookDetails": [WAITING | {"expiresAt": 1796000000}]}]}
    (deployment,) = ecs.client.describe_service_deployments(serviceDeploymentArns=[DEPLOYMENT])["serviceDeployments"]
    (hook,) = deployment["lifecycleHookDetails"]
    assert hook["expiresAt"].timestamp() == 1796000000
    assert {key: hook[key] for key in WAITING} == WAITING


def test_without_the_addition_an_older_sdk_does_not_even_know_the_call(tmp_path: Path) -> None:
    """Otherwise the tests above would show nothing."""
    folder = tmp_path / "ecs" / VERSION
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(older())
    model = Loader(extra_search_paths=[str(tmp_path)]).load_service_model("ecs", "service-2", VERSION)
    assert "ContinueServiceDeployment" not in model["operations"]


def test_an_older_sdk_loses_nothing_of_what_it_sends_back(ecs: Ecs) -> None:
    breaker = {"enable": True, "rollback": True, "thresholdConfiguration": {"type": "COUNT", "value": 5}}
    ecs.answer = {"services": [{"deploymentConfiguration": {"deploymentCircuitBreaker": breaker}}]}
    (service,) = ecs.client.describe_services(cluster="main", services=["cowsay"])["services"]
    assert service["deploymentConfiguration"] == {"deploymentCircuitBreaker": breaker}


def test_an_sdk_that_knows_all_of_it_is_left_as_it_is() -> None:
    assert OnlyEcs().load_service_model("ecs", "service-2") == newest()


def test_an_older_sdk_reads_what_share_of_the_traffic_a_canary_has(ecs: Ecs) -> None:
    """Read as 0, it would let Gantry answer one pause after the other."""
    revision = {"arn": "arn:aws:ecs:us-east-1:222222222222:service-revision/main/cowsay/2"}
    told = revision | {"requestedProductionTrafficWeight": 34.0}
    ecs.answer = {"serviceDeployments": [{"sourceServiceRevisions": [told], "targetServiceRevision": told}]}
    (deployment,) = ecs.client.describe_service_deployments(serviceDeploymentArns=[DEPLOYMENT])["serviceDeployments"]
    assert deployment == {"sourceServiceRevisions": [told], "targetServiceRevision": told}


def test_an_older_sdk_reads_what_runs_and_who_manages_it(ecs: Ecs) -> None:
    told = {
        "currentServiceDeployment": DEPLOYMENT,
        "currentServiceRevisions": [{"arn": "arn:aws:ecs:us-east-1:222222222222:service-revision/main/cowsay/2"}],
        "resourceManagementType": "ECS",
    }
    ecs.answer = {"services": [told]}
    assert ecs.client.describe_services(cluster="main", services=["cowsay"])["services"] == [told]


def called(operations: Iterable[str]) -> set[str]:
    """Those of ECS' operations that the kind's code calls."""
    code = "".join(each.read_text() for each in (GANTRY / "targets/ecs_service").glob("*.py"))
    return {name for name in operations if f".{xform_name(name)}(" in code}


def test_the_additions_are_all_that_the_sdk_here_says_of_the_calls_that_are_made() -> None:
    """Where AWS has added fields, or the code makes one more call, they are missing in `ecs_additions.json`."""

    def without_words(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without_words(each) for key, each in value.items() if key != "documentation"}
        return [without_words(each) for each in value] if isinstance(value, list) else value

    model = without_words(newest())
    operations = {name: model["operations"][name] for name in called(model["operations"])}
    whole = needed(model["shapes"], {each["shape"] for own in operations.values() for each in shapes(own)})
    assert {"ContinueServiceDeployment", "DescribeServiceDeployments"} <= operations.keys()
    assert {"operations": operations, "shapes": {name: model["shapes"][name] for name in whole}} == ADDITIONS
