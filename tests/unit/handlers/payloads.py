"""What the handlers are invoked with, held against the definitions that send it."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from gantry.handlers.entry import LambdaContext
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.carriage import carriage_of
from gantry.promotion.checks import NO_CHECKS
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.targets.lambda_alias.lambda_target import LambdaTarget

Said = Callable[[], list[dict[str, Any]]]
"""What was said, or is in the ledger, when it is called."""
Told = Callable[[], list[tuple[str, str]]]
"""Subjects and texts for people."""

ROOT = Path(__file__).parents[3]
ENTERED_AT = "2026-11-22T09:30:00.123Z"
STATES = "arn:aws:states:us-east-1:111111111111:execution"
DEPLOYMENT = f"{STATES}:gantry-deployment:one"
PROMOTION = f"{STATES}:gantry-promotion:push-one"
ROLLBACK = f"{STATES}:gantry-rollback:one"


def where(execution: str) -> str:
    """How messages end: with the execution, and its page in the console."""
    page = f"https://console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/{execution}"
    return f"Execution: {execution}\nConsole: {page}"


FENCE = 3
"""The fencing number of the deployment that the payloads are about."""

DIGEST = "sha256:" + "a" * 64
OLD_DIGEST = "sha256:" + "b" * 64
ROLE = "arn:aws:iam::444444444444:role/cowsay"
IMAGE = Artifact(ArtifactKind.CONTAINER_IMAGE, DIGEST, "cowsay")
RELEASE = Release("cowsay", IMAGE, "revision-2", "4f0c2d1")
TARGET = LambdaTarget("444444444444", "us-east-1", "cowsay", "live").as_target()
OTHER_TARGET = LambdaTarget("444444444444", "eu-west-1", "cowsay", "live").as_target()
PLAN = [{"weight": 10, "bake_seconds": 300}, {"weight": 50, "bake_seconds": 600}]
ALARM = "cowsay-errors"
SENDER = "gantry@example.com"

OPS, LEAD, BOSS = "ops@example.com", "lead@example.com", "boss@example.com"
BOT = "arn:aws:iam::111111111111:role/chat/bot"
AUTHOR = "author@example.com"
ORIGIN = PromotionOrigin(is_manual=False, pushed_by=AUTHOR, tags=("4f0c2d1",))
HOUR = 3600


def as_json(value: Any) -> Any:
    """What Step Functions hands on: tuples become lists, and what is no JSON fails."""
    return json.loads(json.dumps(value))


def with_role(role: str, target: Target = TARGET) -> Target:
    return replace(LambdaTarget.of(target), role=role).as_target()


def target_input(target: Target = TARGET) -> dict[str, Any]:
    return asdict(target)


def release_input(release: Release = RELEASE) -> dict[str, Any]:
    found: dict[str, Any] = as_json(asdict(release))
    return found


def deployment_input(**changed: Any) -> dict[str, Any]:
    """What the promotion machine starts a deployment with."""
    execution_input = {
        "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": PROMOTION,
        "promotion": PROMOTION,
        "promotion_started_at": "2026-11-22T08:30:00.000Z",
        "release": release_input(),
        "environment": "prod",
        "target": target_input(),
        "draft": {},
        "architecture": "x86_64",
        "configuration": {
            "memory_mb": 512,
            "timeout_seconds": 10,
            "environment": {"TO_SAY": "Hello from prod"},
        },
        "plan": PLAN,
        "alarms": [ALARM],
        "judge": {"minimum_requests": 1, "bake_after_seconds": 0},
        "checks": as_json(asdict(NO_CHECKS)),
        "carried": {"Traffic": "10 % for 5m, 50 % for 10m, then all"},
        "approved": None,
    } | changed
    assert execution_input.keys() == _state("DeployToTarget")["Arguments"]["Input"].keys()
    return execution_input


def policy(*approvers: str, **changed: Any) -> ApprovalPolicy:
    """Two people, of whom one is enough, unless told otherwise."""
    return ApprovalPolicy(approvers or (OPS, LEAD), **({"expires_after_seconds": 72 * HOUR} | changed))


def environment(approval: ApprovalPolicy | None = None, **changed: Any) -> Environment:
    given: dict[str, Any] = {
        "name": "prod",
        "targets": (TARGET,),
        "approval": approval,
        "plan": (),
        "alarms": (ALARM,),
        "configuration": {"memory_mb": 512, "environment": {"TO_SAY": "Hello from prod"}},
        "judge": JudgeSettings(),
    }
    return Environment(**(given | changed))


def environment_input(approval: ApprovalPolicy | None = None, **changed: Any) -> dict[str, Any]:
    """As the promotion machine carries it."""
    found = environment(approval, **changed)
    return asdict(found) | {"architecture": "x86_64", "deployment_seconds": 3600, "carried": carriage_of(found)}


def payload(state: str, **values: Any) -> dict[str, Any]:
    """The payload of a state: exactly the keys that its definition sends."""
    keys = _payload_keys(state)
    known = {"entered_at": ENTERED_AT, "execution": DEPLOYMENT} | values
    if "deployment" in keys:
        known = {"deployment": deployment_input()} | known
    if "fence" in keys:
        known = {"fence": FENCE} | known
    assert known.keys() == keys, f"{state} sends {sorted(keys)}"
    return known


def _payload_keys(state: str) -> set[str]:
    """What the definition sends: `$task`, or in an environment `$here`, which has the same keys; and what is merged."""
    sent = _state(state)["Arguments"]["Payload"]
    if isinstance(sent, dict):
        return set(sent)
    assert re.match(r"\{% \$merge\(\[\$(task|here), \{", sent)
    assigned = next(found for found in _assigned(_machine_of(state)))
    return set(assigned) | set(re.findall(r"'(\w+)':", sent))


def _assigned(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for _, state in _states(machine):
        if "task" in state.get("Assign", {}):
            yield state["Assign"]["task"]


def _machine_of(state: str) -> dict[str, Any]:
    machines = (json.loads(file.read_text()) for file in sorted((ROOT / "statemachine").glob("*.asl.json")))
    return next(machine for machine in machines if state in dict(_states(machine)))


def _state(name: str) -> dict[str, Any]:
    return dict(_states(_machine_of(name)))[name]


def _states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])


def invoke(handler: Callable[..., Any], event: dict[str, Any], milliseconds: int = 14_000) -> Any:
    """Call a handler as Lambda does, which gives it so long: JSON in, JSON out."""
    return as_json(handler(as_json(event), _context(milliseconds)))


class _Context(LambdaContext):
    """With time left: powertools' own has none."""

    milliseconds: int

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]  # powertools' own is static
        return self.milliseconds


def _context(milliseconds: int) -> LambdaContext:
    context = _Context()
    context.milliseconds = milliseconds
    context._function_name = "gantry-function"
    context._memory_limit_in_mb = 256
    context._invoked_function_arn = "arn:aws:lambda:us-east-1:111111111111:function:gantry-function"
    context._aws_request_id = "52fdfc07-2182-154f-163f-5f0f9a621d72"
    return context
