"""Functions as targets of cases: from images, and from zips."""

import hashlib
import io
import zipfile

from sandbox.driver.artifact_bucket import ARTIFACTS, ArtifactBucket
from sandbox.driver.deployment_input import lambda_target
from sandbox.driver.host import PYTHON
from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS, PROD
from sandbox.stories.chaos.target import Pushed, Target

_CHECKS = {"checks": {"before_traffic": [{"kind": "invoke", "within_seconds": 60}]}}
_APP = "def handler(event, context):\n    return {'case': %r}\n"


class LambdaTarget(Target):
    """A function from images, and its alias."""

    @property
    def service(self) -> str:
        """The repository's name."""
        return self.name

    @property
    def target_name(self) -> str:
        """The function and its alias."""
        return f"{self.name}/live"

    def make(self) -> None:
        """Make the role of its versions, and the repository. The first deployment makes the function."""
        self.pipeline.add_role(self.name, PROD)
        self.pipeline.add_repository(self.name)

    def push(self, version: str) -> Pushed:
        """Push an image."""
        ecr = Registry(self.pipeline.stand_in.client("ecr", ASSETS, self.region))
        digest = ecr.push(self.name, None, {"app.py": _APP % f"{self.name} {version}"})
        return Pushed(digest, lambda_target(PROD, self.region, self.name, self.name), _CHECKS)

    def revisions(self) -> list[str]:
        """Return the versions that the alias routes to."""
        found = self.pipeline.routing(PROD, self.name, region=self.region)
        return [str(found["version"]), *found["weights"]]

    def version_of(self, revision: str) -> str:
        """Return the revision: Lambda counts from 1 on, too."""
        return revision

    def put_to_sleep(self, version: str, wakes_after: float | None = None) -> None:
        """Let a version sleep."""
        self.pipeline.put_to_sleep(PROD, self.name, version, self.region, wakes_after)

    def fail(self, version: str) -> None:
        """Let a version lose its image, so that it can never run again."""
        self.pipeline.fail(PROD, self.name, version, self.region)

    def state(self, version: str) -> str:
        """Return Lambda's state of a version."""
        return self.pipeline.state(PROD, self.name, version, self.region)


class ZipTarget(LambdaTarget):
    """A function from zips, and its alias."""

    @property
    def service(self) -> str:
        """The zip's name."""
        return f"s3/{ARTIFACTS}/chaos/{self.name}"

    def make(self) -> None:
        """Make the role of its versions."""
        self.pipeline.add_role(self.name, PROD)

    def push(self, version: str) -> Pushed:
        """Push a zip."""
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("app.py", _APP % f"{self.name} {version}")
        body = zipped.getvalue()
        version_id = ArtifactBucket(self.pipeline.stand_in).push(f"chaos/{self.name}", body)
        runs = {"runtime": f"python{PYTHON}", "handler": "app.handler"}
        configuration = {"memory_mb": 256, "timeout_seconds": 10, "environment": {}, **runs}
        target = lambda_target(PROD, self.region, self.name, self.name)
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        return Pushed(digest, target, _CHECKS | {"configuration": configuration}, version_id)
