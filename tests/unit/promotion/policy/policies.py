"""Policies and environments for tests, and the parts that tests change."""

from typing import Any

from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.policy.content import Binding, Floor
from gantry.promotion.target import Target
from gantry.promotion.traffic import Step
from tests.unit.promotion.an_approval import ALICE, BOB, target

PLAN = (Step(10, 300), Step(50, 600))


def binding(**changed: Any) -> Binding:
    fields: dict[str, Any] = {
        "rule": "cows",
        "services": ("cowsay",),
        "kind": "any",
        "accounts": ("444444444444",),
        "regions": ("us-east-1",),
        "targets": ("cowsay",),
        "roles": ("cowsay",),
        "takes_over_from": (),
    }
    return Binding(**(fields | changed))


def floor(**changed: Any) -> Floor:
    fields: dict[str, Any] = {
        "rule": "production",
        "environments": ("prod",),
        "accounts": (),
        "services": ("*",),
        "minimum_quorum": 0,
        "allowed_approvers": None,
        "self_approval": True,
        "minimum_bake_seconds": 0,
        "requires_alarms": False,
        "requires_judge": False,
        "most_targets_at_once": 40,
        "may_skip_environments": True,
    }
    return Floor(**(fields | changed))


def asking(*approvers: str, quorum: int = 1, **changed: Any) -> ApprovalPolicy:
    return ApprovalPolicy(approvers or (ALICE, BOB), expires_after_seconds=3600, quorum=quorum, **changed)


def environment(**changed: Any) -> Environment:
    fields: dict[str, Any] = {
        "name": "prod",
        "targets": (target(),),
        "approval": asking(),
        "plan": PLAN,
        "alarms": ("cowsay-errors",),
        "configuration": {},
        "judge": JudgeSettings(minimum_requests=10),
    }
    return Environment(**(fields | changed))


def in_account(account: str) -> tuple[Target, ...]:
    return (target(account=account),)
