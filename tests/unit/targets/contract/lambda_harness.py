"""The kind `lambda` in the contract suite."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gantry.aws.session_policy import Right
from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.kind import TargetKind
from gantry.targets.lambda_alias.alias import fractions, per_cents
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.making import make_kind
from gantry.targets.lambda_alias.rights import rights
from gantry.targets.lambda_alias.schema import SCHEMA
from tests.unit.targets.contract.harness import IMAGE_SOURCE, NEW, OLD, OTHER, PLAN, SECRET, deployment_of
from tests.unit.targets.fake_accounts import FakeAccounts
from tests.unit.targets.fake_lambda import REGISTRY
from tests.unit.targets.fake_lambda_function import FakeFunction
from tests.unit.targets.kind_parts import parts

FUNCTION, ALIAS = "cowsay", "live"
ROLE = "arn:aws:iam::222222222222:role/cowsay"
TIMEOUT_SECONDS = 30
DELAY = timedelta(seconds=90)


class LambdaHarness:
    """One alias of one function."""

    kind: TargetKind
    preparing: Sequence[str] = (
        "create_function",
        "update_function_configuration",
        "update_function_code",
        "publish_version",
    )
    lacks: frozenset[str] = frozenset()
    plan = PLAN
    slow_routing = False
    """UpdateAlias has moved the traffic by the time it answers."""
    settles_within = timedelta(seconds=TIMEOUT_SECONDS) + DELAY
    schema = SCHEMA
    target_keys: Mapping[str, Any] = {
        "account": "222222222222",
        "region": "us-east-1",
        "function": FUNCTION,
        "alias": ALIAS,
        "role": ROLE,
    }
    source = IMAGE_SOURCE
    reading_role: str | None = ROLE
    package_type = "Image"
    configuration: Mapping[str, Any] = {
        "memory_mb": 512,
        "timeout_seconds": TIMEOUT_SECONDS,
        "environment": {"TO_SAY": "Moo", "API_KEY": SECRET},
    }
    target = SCHEMA.target(target_keys)
    uncreatable = SCHEMA.target({key: value for key, value in target_keys.items() if key != "role"})
    neighbour = SCHEMA.target({**target_keys, "function": "fortune"})

    def __init__(self) -> None:
        accounts = FakeAccounts()
        self._lambda = accounts.lambda_of(self.target)
        self._cloudwatch = accounts.cloudwatch_of(self.target)
        self.kind = make_kind(parts(accounts, REGISTRY.partition(".")[0], DELAY))

    def rights(self, target: Target) -> tuple[Right, ...]:
        return rights(target)

    def deployment(self, digest: str = NEW) -> Deployment:
        return deployment_of(self.target, digest, self.configuration)

    def stable(self, digest: str = OLD) -> StableRevision:
        version = self.make(digest)
        self.route(Routing(version))
        return StableRevision(version, digest)

    def make(self, digest: str) -> str:
        """Publish a version, and leave other settings in the draft, as people do."""
        configured = LambdaConfiguration.of_manifest(self.configuration, ROLE).request()
        version = self._lambda.deploy(FUNCTION, digest, self.package_type, **configured)
        self._function.describe(MemorySize=128, Environment={"Variables": {"DEBUG": "1"}})
        return version

    def route(self, routing: Routing) -> None:
        self._lambda.route(FUNCTION, ALIAS, routing.revision, fractions(routing.weights))

    def routes(self) -> Sequence[Routing]:
        alias = self._lambda.aliases.get((FUNCTION, ALIAS))
        return [Routing(version, per_cents(weights)) for version, weights in alias.writes] if alias else []

    def changes(self) -> int:
        return sum(self._lambda.calls[operation] for operation in (*self.preparing, "create_alias", "update_alias"))

    def be_slow(self, looks: int) -> None:
        self._lambda.looks_to_settle = looks

    def before(self, operation: str, action: Callable[[], object]) -> None:
        self._lambda.before(operation, action)

    def before_routing(self, action: Callable[[], object]) -> None:
        self._lambda.before(self._routing_operation, action)

    def lose_answer(self, operation: str | None = None) -> None:
        self._lambda.lose_answer(operation or self._routing_operation)

    def fail_next(self) -> None:
        self._function.failure = ("InvalidImage", "Invalid entrypoint")

    def fail(self, revision: str) -> None:
        self._function.describe(revision, State="Failed", StateReasonCode="ImageDeleted")

    def put_to_sleep(self, revision: str) -> None:
        self._function.describe(revision, State="Inactive", StateReasonCode="Idle", StateReason="The function is idle.")

    def refuse_changes(self) -> None:
        self._lambda.refuse("update_alias", "AccessDeniedException", "not authorized to perform: lambda:UpdateAlias")

    def lose_artifact(self, digest: str) -> None:
        self._lambda.missing_images.add(digest)

    def corrupt_artifact(self, revision: str) -> None:
        self._function.images[revision] = f"{REGISTRY}/{FUNCTION}@{OTHER}"

    def corrupt_configuration(self, revision: str) -> None:
        self._function.describe(revision, MemorySize=128, Environment={"Variables": {"API_KEY": SECRET[1:]}})

    def refuse_architecture(self) -> None:
        self._function.describe(Architectures=["arm64"])

    def remove(self, revision: str) -> None:
        self._function.delete(revision)

    def remove_target(self) -> None:
        del self._lambda.aliases[FUNCTION, ALIAS]

    def serve(self, revision: str, at: datetime, times: int, failed: int = 0, milliseconds: int = 100) -> None:
        self._cloudwatch.serve(FUNCTION, ALIAS, revision, at, times, failed, milliseconds)

    def answer(self, payload: str, error: str | None = None) -> None:
        failed = json.dumps({"errorMessage": error, "stackTrace": []})
        self._lambda.answers.append((payload if error is None else failed, error))

    def lose_request(self) -> None:
        self._lambda.lose_answer("invoke")

    def requests(self) -> Sequence[tuple[str, str]]:
        return self._lambda.invoked

    def lose_evidence(self) -> None:
        self._cloudwatch.status = "InternalError"

    @property
    def _function(self) -> FakeFunction:
        return self._lambda.functions[FUNCTION]

    @property
    def _routing_operation(self) -> str:
        return "update_alias" if (FUNCTION, ALIAS) in self._lambda.aliases else "create_alias"
