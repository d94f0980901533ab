"""The kind `lambda` in the contract suite, with functions that are made of zips."""

from collections.abc import Mapping
from typing import Any

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.deployment import Deployment
from tests.unit.targets.contract.harness import NEW, OLD, OTHER, deployment_of
from tests.unit.targets.contract.lambda_harness import LambdaHarness
from tests.unit.targets.fake_zips import sha256_of

BUCKET, KEY = "acme-artifacts", "cowsay.zip"


class ZipHarness(LambdaHarness):
    """One alias of one function."""

    source: Mapping[str, Any] = {"artifact": {"bucket": BUCKET, "key": KEY}}
    package_type = "Zip"
    configuration: Mapping[str, Any] = {
        **LambdaHarness.configuration,
        "runtime": "python3.13",
        "handler": "app.handler",
        "layers": ["arn:aws:lambda:us-east-1:222222222222:layer:common:7"],
    }

    def __init__(self) -> None:
        super().__init__()
        for digest in (OLD, NEW, OTHER):
            self._lambda.zips.put(BUCKET, KEY, _version(digest), digest)

    def deployment(self, digest: str = NEW) -> Deployment:
        artifact = Artifact(ArtifactKind.S3_OBJECT, digest, f"{BUCKET}/{KEY}", _version(digest))
        return deployment_of(self.target, digest, self.configuration, artifact)

    def lose_artifact(self, digest: str) -> None:
        self._lambda.zips.lose(digest)

    def corrupt_artifact(self, revision: str) -> None:
        self._function.describe(revision, CodeSha256=sha256_of(OTHER))


def _version(digest: str) -> str:
    return f"version-of-{digest[7]}"
