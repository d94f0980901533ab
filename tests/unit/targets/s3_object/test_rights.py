"""What a session may read of the artifact buckets."""

import pytest

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.targets.s3_object.rights import copying_rights, rights

ONE = ObjectTarget("222222222222", "us-east-1", "acme-prod", "glue/etl.py")
MANY = ObjectTarget("222222222222", "us-east-1", "acme-prod", "live.json", "releases/")


@pytest.mark.parametrize(
    ("parts", "source"), [(ONE, "site/release.json"), (MANY, "site/*")], ids=["one object", "many objects"]
)
def test_only_who_copies_reads_the_artifact_and_nothing_but_the_artifact(parts: ObjectTarget, source: str) -> None:
    artifact = Artifact(ArtifactKind.S3_OBJECT, f"sha256:{'0' * 64}", "acme/site/release.json", "v1")
    target = parts.as_target()
    more = [each for each in copying_rights(target, artifact) if each not in rights(target)]
    assert {action: each.resources for each in more for action in each.actions} == {
        "s3:GetObjectVersion": (f"arn:aws:s3:::acme/{source}",),
        "s3:ListBucket": ("arn:aws:s3:::acme",),
    }
    own = {name for each in rights(target) for name in each.resources} - {"*"}
    assert all(name.startswith("arn:aws:s3:::acme-prod") for name in own)
