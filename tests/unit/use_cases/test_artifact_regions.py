"""In which other regions an artifact has to be before a deployment."""

from dataclasses import replace

import pytest

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ManifestError
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.manifest.content import Environment
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.schema import SCHEMA
from gantry.use_cases.artifact_regions import regions_elsewhere

REGION = "us-east-1"
DIGEST = f"sha256:{'a' * 64}"
IMAGE = Artifact(ArtifactKind.CONTAINER_IMAGE, DIGEST, "cowsay")
ZIP = Artifact(ArtifactKind.S3_OBJECT, DIGEST, "acme/cowsay.zip", "v1", {"eu-west-1": "acme-eu"})


def environment(*regions: str) -> Environment:
    targets = tuple(LambdaTarget("222222222222", region, "cowsay", "live").as_target() for region in regions)
    return Environment("prod", targets, None, (), (), {}, JudgeSettings())


@pytest.mark.parametrize("artifact", [IMAGE, ZIP], ids=["image", "zip"])
def test_an_artifact_has_to_be_wherever_a_target_reads_its_own_region(artifact: Artifact) -> None:
    found = regions_elsewhere(artifact, environment("us-east-1", "eu-west-1", "eu-west-1"), REGION)
    assert found == ("eu-west-1",)
    assert regions_elsewhere(artifact, environment("us-east-1"), REGION) == ()


def test_where_the_manifest_names_no_bucket_it_says_what_to_add() -> None:
    with pytest.raises(ManifestError, match=r"environments\.prod: .*buckets: \{ap-south-1: <a bucket there>\}"):
        regions_elsewhere(ZIP, environment("eu-west-1", "ap-south-1"), REGION)


def test_an_image_needs_no_bucket() -> None:
    assert regions_elsewhere(IMAGE, environment("ap-south-1"), REGION) == ("ap-south-1",)


def test_a_kind_that_reads_any_region_needs_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(SCHEMA), "reads_own_region", False)
    assert regions_elsewhere(replace(ZIP, copies={}), environment("ap-south-1"), REGION) == ()
