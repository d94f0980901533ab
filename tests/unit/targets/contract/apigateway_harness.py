"""The kind `apigateway` in the contract suite."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gantry.aws.session_policy import Right
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.kind import TargetKind
from gantry.targets.rest_api_stage.evidence import ERRORS, LATENCY, LONGEST_REQUEST
from gantry.targets.rest_api_stage.making import make_kind
from gantry.targets.rest_api_stage.revision import StageRevision
from gantry.targets.rest_api_stage.rights import rights
from gantry.targets.rest_api_stage.schema import SCHEMA
from gantry.targets.rest_api_stage.stage_state import StageState
from tests.unit.targets.contract.harness import NEW, OLD, OTHER, PLAN, deployment_of
from tests.unit.targets.fake_accounts import FakeAccounts
from tests.unit.targets.fake_api_gateway import FakeRestApi
from tests.unit.targets.fake_objects import FakeObjects
from tests.unit.targets.fake_stage import LOG_GROUP, FakeStage
from tests.unit.targets.kind_parts import parts

API, STAGE = "a1b2c3d4e5", "live"
DELAY = timedelta(seconds=90)
VARIABLES = {"to_say": "Moo"}


def variables(digest: str) -> dict[str, str]:
    """Return what a stage has with a document that somebody else has deployed. The old one had another value."""
    return {"to_say": "a/b"} if digest == OLD else VARIABLES


def document(digest: str) -> bytes:
    """Return a document with a path of its own."""
    return json.dumps({"openapi": "3.0.3", "paths": {f"/{digest[7:15]}": {"get": {}}}}).encode()


class ApiGatewayHarness:
    """One stage of one REST API. The API exists, because nobody can make its id up."""

    kind: TargetKind
    preparing: Sequence[str] = ("put_rest_api", "create_deployment")
    lacks = frozenset({"slow", "fail", "sleep", "leftovers", "zero requests", "series of a revision", "slow traffic"})
    plan = PLAN
    reading_role: str | None = None
    slow_routing = False
    settles_within = LONGEST_REQUEST + DELAY
    schema = SCHEMA
    target_keys: Mapping[str, Any] = {
        "kind": "apigateway",
        "account": "222222222222",
        "region": "us-east-1",
        "rest_api_id": API,
        "stage": STAGE,
    }
    source: Mapping[str, Any] = {"artifact": {"bucket": "artifacts", "key": "cowsay.json"}}
    configuration: Mapping[str, Any] = {"variables": VARIABLES}
    target = SCHEMA.target({key: value for key, value in target_keys.items() if key != "kind"})
    uncreatable = target
    """Its stage does not exist before somebody else makes it."""
    neighbour = SCHEMA.target({"account": "222222222222", "region": "us-east-1", "rest_api_id": "z9", "stage": STAGE})

    def __init__(self) -> None:
        accounts = FakeAccounts()
        self._gateway = accounts.api_gateway_of(self.target)
        self._cloudwatch = accounts.cloudwatch_of(self.target)
        self._objects = FakeObjects({each: document(each) for each in (OLD, NEW, OTHER)})
        self._gateway.apis[API] = FakeRestApi()
        accounts.logs_of(self.target).count(LOG_GROUP, LATENCY, ERRORS)
        self.kind = make_kind(parts(accounts, "111111111111", DELAY, self._objects))

    def rights(self, target: Target) -> tuple[Right, ...]:
        return rights(target)

    def deployment(self, digest: str = NEW) -> Deployment:
        made = deployment_of(self.target, digest, self.configuration)
        artifact = Artifact(ArtifactKind.S3_OBJECT, digest, "artifacts/cowsay.json", "version")
        return replace(made, release=replace(made.release, artifact=artifact))

    def stable(self, digest: str = OLD) -> StableRevision:
        revision = self.make(digest)
        self.route(Routing(revision))
        return StableRevision(revision, digest)

    def make(self, digest: str) -> str:
        return StageRevision(self._gateway.deploy(API, document(digest), f"gantry {digest}"), variables(digest)).name

    def route(self, routing: Routing) -> None:
        revision = StageRevision.named(routing.revision)
        stages = self._gateway.apis[API].stages
        stage = stages.setdefault(STAGE, FakeStage.on(STAGE, revision.deployment))
        for canary, weight in routing.weights.items():
            named = StageRevision.named(canary)
            settings = {"percentTraffic": weight, "stageVariableOverrides": dict(named.variables)}
            stage.content["canarySettings"] = {"deploymentId": named.deployment} | settings
        if not routing.weights:
            stage.content.pop("canarySettings", None)
        stage.set(deploymentId=revision.deployment, variables=dict(revision.variables))

    def routes(self) -> Sequence[Routing]:
        stage = self._gateway.apis[API].stages.get(STAGE)
        return [StageState.of(each).routing for each in stage.versions[1:]] if stage else []

    def changes(self) -> int:
        return sum(self._gateway.calls[operation] for operation in (*self.preparing, "update_stage"))

    def be_slow(self, looks: int) -> None:
        if looks:
            pytest.skip("a deployment exists as soon as it is made, and a stage changes at once")

    def before(self, operation: str, action: Callable[[], object]) -> None:
        self._gateway.before(operation, action)

    def before_routing(self, action: Callable[[], object]) -> None:
        self._gateway.before("update_stage", action)

    def lose_answer(self, operation: str | None = None) -> None:
        self._gateway.lose_answer(operation or "update_stage")

    def fail_next(self) -> None:
        pytest.skip("API Gateway makes a deployment or refuses it at once")

    def fail(self, revision: str) -> None:
        pytest.skip("a deployment never fails")

    def put_to_sleep(self, revision: str) -> None:
        pytest.skip("a deployment never sleeps")

    def refuse_changes(self) -> None:
        self._gateway.refuse("update_stage", "AccessDeniedException", "not authorized to perform: apigateway:PATCH")

    def lose_artifact(self, digest: str) -> None:
        del self._objects.contents[digest]

    def corrupt_artifact(self, revision: str) -> None:
        deployment = StageRevision.named(revision).deployment
        self._gateway.describe_deployment(API, deployment, description=f"gantry {OTHER}")

    def corrupt_configuration(self, revision: str) -> None:
        pytest.skip("a revision's name holds its variables")

    def refuse_architecture(self) -> None:
        del self._gateway.apis[API]
        self._gateway.http_apis[API] = "HTTP"

    def remove(self, revision: str) -> None:
        del self._gateway.apis[API].deployments[StageRevision.named(revision).deployment]

    def remove_target(self) -> None:
        del self._gateway.apis[API].stages[STAGE]

    def serve(self, revision: str, at: datetime, times: int, failed: int = 0, milliseconds: int = 100) -> None:
        """As the metric filters count it. The access log names no deployment, only whether it was the canary."""
        stage = self._gateway.apis[API].stages.get(STAGE)
        is_stable = stage is not None and stage.content["deploymentId"] == StageRevision.named(revision).deployment
        dimensions = (API, STAGE, "false" if is_stable else "true")
        for number in range(times):
            self._cloudwatch.put(LATENCY, at, milliseconds, *dimensions)
            if number < failed:
                self._cloudwatch.put(ERRORS, at, 1, *dimensions)

    def answer(self, payload: str, error: str | None = None) -> None:
        pytest.skip("no request reaches a deployment past the stage's traffic")

    def lose_request(self) -> None:
        pytest.skip("no request reaches a deployment past the stage's traffic")

    def requests(self) -> Sequence[tuple[str, str]]:
        return ()

    def lose_evidence(self) -> None:
        self._cloudwatch.status = "InternalError"
