"""One deployment, as the builders of events and messages get it."""

from datetime import UTC, datetime

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.deployment import Deployment, DeploymentState
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.release import Release
from gantry.promotion.target import Target

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:one"
DIGEST = "sha256:" + "a" * 64
TARGET = Target("lambda", "444444444444", "us-east-1", "cowsay/live", "arn:aws:target")
RELEASE = Release("cowsay", Artifact(ArtifactKind.CONTAINER_IMAGE, DIGEST, "cowsay"), "revision-2", "4f0c2d1")
DEPLOYMENT = Deployment(RELEASE, "prod", TARGET, "x86_64", {}, (), (), JudgeSettings())
STATE = DeploymentState(EXECUTION, datetime(2026, 11, 22, 9, 30, tzinfo=UTC), DEPLOYMENT, 3)
