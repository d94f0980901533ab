"""Deployments to one function, which is in memory."""

from typing import Any

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.deployment import Deployment
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.release import Release
from gantry.promotion.traffic import Plan, Step
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from tests.unit.targets.fake_lambda import REGISTRY

OLD, NEW, OTHER = ("sha256:" + digit * 64 for digit in "bac")
"""What is live, what is deployed, and what somebody else uploads."""
REGISTRY_ACCOUNT = REGISTRY.partition(".")[0]
ROLE = "arn:aws:iam::222222222222:role/cowsay"
CANARY: Plan = (Step(10, 300),)
TARGET = LambdaTarget("222222222222", "us-east-1", "cowsay", "live")
WITH_ROLE = LambdaTarget("222222222222", "us-east-1", "cowsay", "live", ROLE)
MANIFEST = {"memory_mb": 512, "timeout_seconds": 10, "environment": {"TO_SAY": "Moo"}}
AS_IN_THE_MANIFEST = LambdaConfiguration.of_manifest(MANIFEST).request()
"""The settings of MANIFEST as Lambda spells them."""


def deployment(
    digest: str = NEW, target: LambdaTarget = TARGET, plan: Plan = CANARY, **configuration: Any
) -> Deployment:
    return Deployment(
        release=Release("cowsay", Artifact(ArtifactKind.CONTAINER_IMAGE, digest, "cowsay"), "revision-2", "4f0c2d1"),
        environment="prod",
        target=target.as_target(),
        architecture="x86_64",
        configuration=MANIFEST | configuration,
        plan=plan,
        alarms=(),
        judge=JudgeSettings(),
    )
