"""A function from zips: created, then split between two versions of an object, and restored."""

import hashlib
import io
import zipfile
from dataclasses import dataclass

import pytest
import yaml

from gantry.artifacts.checksums import digest_in
from sandbox.driver.artifact_bucket import ArtifactBucket
from sandbox.driver.host import PYTHON
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import PROD, REGION
from tests.end_to_end.service import HALF, STABLE, NewService, Service

RUNS = {"runtime": f"python{PYTHON}", "handler": "app.handler"}


@dataclass(frozen=True)
class Zips:
    """A service whose artifact is a zip, and the function that it is deployed to."""

    service: Service
    bucket: ArtifactBucket

    @property
    def key(self) -> str:
        """Ends with the function's name, so that no binding is needed."""
        return f"zips/{self.service.name}"

    @property
    def name(self) -> str:
        """What the ledger and people call the service."""
        return f"s3/{self.bucket.name}/{self.key}"

    def promote(self, word: str) -> tuple[str, str]:
        """Push a zip whose function says a word; its digest, and the promotion that this started."""
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("app.py", f"def handler(event, context):\n    return {word!r}")
        digest = f"sha256:{hashlib.sha256(zipped.getvalue()).hexdigest()}"
        version = self.bucket.push(self.key, zipped.getvalue(), tag=word)
        return digest, self.service.pipeline.promotion_of(version)

    def says(self) -> object:
        """What the function answers through its alias."""
        return self.service.pipeline.invoke(PROD, self.service.name)["payload"]


@pytest.fixture(scope="module")
def zips(pipeline: Pipeline, new_service: NewService) -> Zips:
    made = Zips(new_service(), ArtifactBucket(pipeline.stand_in))
    pipeline.add_role(made.service.name, PROD)
    target = {"account": PROD, "region": REGION, "function": made.service.name, "alias": "live"}
    role = f"arn:aws:iam::{PROD}:role/{made.service.name}"
    manifest = {
        "artifact": {"bucket": made.bucket.name, "key": made.key},
        "architecture": pipeline.architecture,
        "judge": "observe",
        "traffic": HALF,
        "environments": [{"name": "prod", "targets": [target | {"role": role}], "configuration": RUNS}],
    }
    pipeline.upload_manifest(made.name, yaml.safe_dump(manifest))
    return made


def test_a_zip_is_created_split_promoted_and_rolled_back(zips: Zips, pipeline: Pipeline) -> None:
    service = zips.service
    _, first = zips.promote("first")
    service.succeeds(first)
    assert (service.routing(), zips.says()) == (STABLE, "first")

    digest, second = zips.promote("second")
    assert service.canary()["weights"] == {"2": 0.5}
    service.use("2")
    service.succeeds(second)
    assert (service.routing(), zips.says()) == ({"version": "2", "weights": {}}, "second")
    described = pipeline.stand_in.client("lambda", PROD).get_function(FunctionName=service.name, Qualifier="2")
    assert described["Configuration"]["PackageType"] == "Zip"
    assert digest_in(described["Configuration"]["CodeSha256"]) == digest

    service.succeeds(pipeline.start("Rollback", {"service": zips.name, "environment": "prod"}))
    assert (service.routing(), zips.says()) == (STABLE, "first")
    assert pipeline.quarantined(zips.name) == [digest]
