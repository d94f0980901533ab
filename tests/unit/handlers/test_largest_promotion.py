"""A promotion whose environments are all together larger than a state may hand on."""

import json
from dataclasses import asdict
from typing import Any

import pytest
import yaml

from gantry.promotion.manifest.reading import parse
from gantry.targets.registry import all_schemas
from gantry.use_cases.services import Services
from tests.unit.asl.definitions import CHILD, machine
from tests.unit.asl.execution import Execution
from tests.unit.handlers.fakes import FakePolicyFile
from tests.unit.handlers.manifests import upload
from tests.unit.handlers.payloads import ALARM, DIGEST, ENTERED_AT, PROMOTION, ROLE, TARGET, invoke
from tests.unit.handlers.pushes import push, recorded
from tests.unit.handlers.runs import handler_of
from tests.unit.handlers.workloads import Workloads
from tests.unit.largest_source import largest_source

pytestmark = [
    pytest.mark.usefixtures("ledger", "bucket", "told", "mailed"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

LARGEST_PAYLOAD = 256 * 1024
"""Bytes of a state's input or result, and of a variable: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
and https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html."""
ENVIRONMENTS = 20
ARGUMENT = "x" * 13_500
BINDING = f"""
bindings:
  - rule: cows
    services: [cowsay]
    accounts: ["{TARGET.account}"]
    regions: [us-east-1]
    targets: [cowsay-*]
    roles: [cowsay]
"""


def manifest() -> str:
    """Short as it is written, because all environments share what is long."""
    target = {"account": TARGET.account, "region": "us-east-1", "alias": "live"}
    environments = [
        {"name": f"stage-{number}", "targets": [target | {"function": f"cowsay-{number}", "role": ROLE}]}
        for number in range(ENVIRONMENTS)
    ]
    shared: dict[str, Any] = {
        "configuration": {"command": [ARGUMENT]},
        "approval": {"approvers": ["ops@example.com"]},
        "alarms": [ALARM],
    }
    return yaml.safe_dump({"repository": "cowsay", "versioning": "git-sha", **shared, "environments": environments})


def size(value: object) -> int:
    return len(json.dumps(value).encode())


class Promotion:
    """A promotion of the real machine with the real functions, and all that it hands on."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        """By state, the largest of its arguments, its results and the variables afterwards."""
        self.deployed: list[Any] = []
        """What the deployments were started with."""
        self._run = Execution(machine("promotion"), PROMOTION, recorded(push()), lambda: ENTERED_AT)
        while self._run.is_running:
            self._step()

    @property
    def status(self) -> str:
        return self._run.status

    @property
    def output(self) -> Any:
        return self._run.output

    def _step(self) -> None:
        state, task = self._run.state, self._run.task
        arguments = self._run.try_task("token")
        result = self._result(task["Resource"], arguments)
        self._run.succeed(result)
        handed_on = [arguments, result, *self._run.variables.values()]
        self.sizes[state] = max(self.sizes.get(state, 0), *map(size, handed_on))

    def _result(self, resource: str, arguments: Any) -> Any:
        if resource == CHILD:
            self.deployed.append(arguments["Input"])
            return {"Input": arguments["Input"], "Output": {"outcome": "published", "revision": "1"}}
        if "FunctionName" in arguments:
            return invoke(handler_of(arguments["FunctionName"]), arguments["Payload"])
        return {"decision": "approved", "explanation": "ops@example.com approved it"}


@pytest.fixture
def promotion(workloads: Workloads, services: Services) -> Promotion:
    vars(services)["policy_file"] = FakePolicyFile(BINDING)
    workloads.images.push("cowsay", "4f0c2d1", DIGEST)
    workloads.images.source = largest_source()
    workloads.alarms(TARGET).now = {ALARM: "OK"}
    workloads.executions.running.add(PROMOTION)
    upload(manifest())
    return Promotion()


def test_no_payload_holds_more_than_one_environment(promotion: Promotion) -> None:
    assert promotion.status == "SUCCEEDED"
    assert max(*promotion.sizes.values(), size(promotion.output)) < 2 * len(ARGUMENT) < LARGEST_PAYLOAD


def test_each_environment_is_deployed_with_all_that_it_says(promotion: Promotion) -> None:
    names = [f"stage-{number}" for number in range(ENVIRONMENTS)]
    assert promotion.output["environments"] == [each["environment"] for each in promotion.deployed] == names
    assert all(each["configuration"]["command"] == [ARGUMENT] for each in promotion.deployed)
    assert all(each["release"]["source"] == asdict(largest_source()) for each in promotion.deployed)


def test_all_environments_together_would_be_too_large() -> None:
    written_out = [each.configuration for each in parse(manifest(), all_schemas()).environments]
    assert size(written_out) > LARGEST_PAYLOAD
