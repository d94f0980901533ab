"""What the handlers are invoked with, held against the definitions that send it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gantry.handlers.requests import LambdaContext
from gantry.promotion.configuration import Configuration
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.target import Target

Said = Callable[[], list[dict[str, Any]]]
"""What was said, or is in the ledger, when it is called."""
Told = Callable[[], list[tuple[str, str]]]
"""Subjects and texts for people."""

ROOT = Path(__file__).parents[3]
ENTERED_AT = "2026-11-22T09:30:00.123Z"
STATES = "arn:aws:states:us-east-1:111111111111:execution"
DEPLOYMENT = f"{STATES}:gantry-deployment:one"
PROMOTION = f"{STATES}:gantry-promotion:one"
ROLLBACK = f"{STATES}:gantry-rollback:one"

FENCE = 3
"""The fencing number of the deployment that the payloads are about."""

DIGEST = "sha256:" + "a" * 64
OLD_DIGEST = "sha256:" + "b" * 64
ROLE = "arn:aws:iam::444444444444:role/cowsay"
RELEASE = Release("cowsay", DIGEST, "revision-2", "4f0c2d1")
TARGET = Target("444444444444", "us-east-1", "cowsay", "live")
OTHER_TARGET = Target("444444444444", "eu-west-1", "cowsay", "live")
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


def target_input(target: Target = TARGET) -> dict[str, Any]:
    return {name: getattr(target, name) for name in ("account", "region", "function", "alias", "role")}


def release_input(release: Release = RELEASE) -> dict[str, Any]:
    return {name: getattr(release, name) for name in ("service", "image_digest", "manifest_revision", "tag")}


def deployment_input(**changed: Any) -> dict[str, Any]:
    """What the promotion machine starts a deployment with."""
    execution_input = {
        "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": PROMOTION,
        "promotion_started_at": "2026-11-22T08:30:00.000Z",
        "release": release_input(),
        "environment": "prod",
        "target": target_input(),
        "architecture": "x86_64",
        "configuration": {
            "memory_mb": 512,
            "timeout_seconds": 10,
            "ephemeral_storage_mb": None,
            "environment": {"TO_SAY": "Hello from prod"},
            "command": None,
            "role": None,
        },
        "plan": PLAN,
        "alarms": [ALARM],
        "minimum_requests": 1,
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
        "configuration": Configuration(512, None, None, {"TO_SAY": "Hello from prod"}, None, None),
        "minimum_requests": 1,
    }
    return Environment(**(given | changed))


def environment_input(approval: ApprovalPolicy | None = None, **changed: Any) -> dict[str, Any]:
    """As the promotion machine carries it."""
    return asdict(environment(approval, **changed)) | {"architecture": "x86_64", "deployment_seconds": 3600}


def payload(state: str, **values: Any) -> dict[str, Any]:
    """The payload of a state: exactly the keys that its definition sends."""
    keys = _state(state)["Arguments"]["Payload"].keys()
    known = {"entered_at": ENTERED_AT, "execution": DEPLOYMENT} | values
    if "deployment" in keys:
        known = {"deployment": deployment_input()} | known
    if "fence" in keys:
        known = {"fence": FENCE} | known
    assert known.keys() == keys, f"{state} sends {sorted(keys)}"
    return known


def _state(name: str) -> dict[str, Any]:
    files = sorted((ROOT / "statemachine").glob("*.asl.json"))
    return next(state for file in files for key, state in _states(json.loads(file.read_text())) if key == name)


def _states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])


def invoke(handler: Callable[..., Any], event: dict[str, Any]) -> Any:
    """Call a handler as Lambda does: JSON in, JSON out."""
    return as_json(handler(as_json(event), _context()))


def _context() -> LambdaContext:
    context = LambdaContext()
    context._function_name = "gantry-function"
    context._memory_limit_in_mb = 256
    context._invoked_function_arn = "arn:aws:lambda:us-east-1:111111111111:function:gantry-function"
    context._aws_request_id = "52fdfc07-2182-154f-163f-5f0f9a621d72"
    return context
