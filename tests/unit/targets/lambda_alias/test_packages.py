"""Where Lambda finds what a version is made of."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ArtifactNotFoundError, IncompatibleTargetError, TargetAccessError
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.packages import ImagePackage, ZipPackage
from gantry.targets.lambda_alias.zip_copies import ZipCopies
from tests.unit.targets.fake_zips import FakeZips
from tests.unit.targets.lambda_alias.deployments import NEW, OTHER

HOME, ELSEWHERE = "us-east-1", "eu-west-1"
BUCKET, KEY = "acme-artifacts", "team/cowsay.zip"
COPY = f".gantry/{NEW.removeprefix('sha256:')}/{KEY}"
ARTIFACT = Artifact(ArtifactKind.S3_OBJECT, NEW, f"{BUCKET}/{KEY}", "4z9", {ELSEWHERE: "acme-artifacts-eu"})


@pytest.fixture
def zips() -> FakeZips:
    return FakeZips()


def package(zips: FakeZips, region: str = ELSEWHERE) -> ZipPackage:
    client: Any = zips
    target = LambdaTarget("222222222222", region, "cowsay", "live")
    return ZipPackage(ARTIFACT, target, HOME, lambda: ZipCopies(client, target))


def test_an_image_is_pulled_from_the_registry_of_the_targets_region_by_its_digest() -> None:
    image = ImagePackage(Artifact(ArtifactKind.CONTAINER_IMAGE, NEW, "cowsay"), "111111111111", ELSEWHERE)
    assert (image.package_type, image.digest) == ("Image", NEW)
    assert image.address() == {"ImageUri": f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/cowsay@{NEW}"}


def test_a_zip_of_the_targets_region_is_the_released_version_itself(zips: FakeZips) -> None:
    found = package(zips, HOME)
    assert (found.package_type, found.digest) == ("Zip", NEW)
    assert found.address() == {"S3Bucket": BUCKET, "S3Key": KEY, "S3ObjectVersion": "4z9"}
    assert not zips.calls


def test_a_zip_for_another_region_is_that_version_of_its_copy_there_which_has_the_same_bytes(zips: FakeZips) -> None:
    zips.put("acme-artifacts-eu", COPY, "copy-1", NEW)
    assert package(zips).address() == {"S3Bucket": "acme-artifacts-eu", "S3Key": COPY, "S3ObjectVersion": "copy-1"}


def test_a_copy_with_other_bytes_is_never_deployed(zips: FakeZips) -> None:
    zips.put("acme-artifacts-eu", COPY, "copy-1", NEW)
    zips.put("acme-artifacts-eu", COPY, "copy-2", OTHER)
    with pytest.raises(ArtifactNotFoundError, match=f"{COPY} has the digest {OTHER}, not {NEW}"):
        package(zips).address()


def test_a_copy_whose_sha256_s3_does_not_know_is_never_deployed(zips: FakeZips) -> None:
    zips.put("acme-artifacts-eu", COPY, "copy-1", "sha256:")
    with pytest.raises(ArtifactNotFoundError, match="has no SHA-256 of all its bytes"):
        package(zips).address()


def test_a_copy_that_is_missing_is_named(zips: FakeZips) -> None:
    with pytest.raises(ArtifactNotFoundError, match=f"222222222222/eu-west-1/cowsay/live: .*{COPY} does not exist"):
        package(zips).address()


def test_a_copy_that_may_not_be_read_names_both_sides_grants(zips: FakeZips) -> None:
    """Without the right to list the bucket, S3 answers the same when it is missing."""
    zips.refuse("head_object", "403", "Forbidden")
    with pytest.raises(TargetAccessError, match=r"may not be read: .*ArtifactBuckets.*arn:aws:iam::222222222222:root"):
        package(zips).address()


def test_what_nobody_foresaw_escapes(zips: FakeZips) -> None:
    zips.refuse("head_object", "500", "Internal Server Error")
    with pytest.raises(ClientError):
        package(zips).address()


def test_a_region_without_a_bucket_is_named_with_what_to_add(zips: FakeZips) -> None:
    with pytest.raises(IncompatibleTargetError, match=r"names none in ap-southeast-2: add one to artifact\.buckets"):
        package(zips, "ap-southeast-2").address()
