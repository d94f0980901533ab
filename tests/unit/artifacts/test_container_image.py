import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from gantry.artifacts.container_image import ContainerImages, image_uri
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ArtifactArchitectureError, ArtifactNotFoundError, InvalidRequestError

INDEX, AMD64, ARM64, ATTESTATION = ("sha256:" + digit * 64 for digit in "0123")
ACCEPTED = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
OF_AMD64 = {"digest": AMD64, "platform": {"architecture": "amd64", "os": "linux"}}
OF_ARM64 = {"digest": ARM64, "platform": {"architecture": "arm64", "os": "linux", "variant": "v8"}}
OF_WINDOWS = {"digest": AMD64, "platform": {"architecture": "amd64", "os": "windows"}}
ATTESTED = {
    "digest": ATTESTATION,
    "platform": {"architecture": "unknown", "os": "unknown"},
    "annotations": {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": AMD64},
}


def image(digest: str, manifest: dict[str, Any]) -> dict[str, Any]:
    found = {"imageId": {"imageDigest": digest}, "imageManifest": json.dumps({"schemaVersion": 2} | manifest)}
    return {"images": [found], "failures": []}


def tagged(*tags: str) -> dict[str, Any]:
    """A response of DescribeImages. It has no key for the tags of an image that has none."""
    return {"imageDetails": [{"imageTags": list(tags)} if tags else {}]}


@pytest.fixture
def client() -> Any:
    return boto3.client("ecr")


@pytest.fixture
def images(client: Any) -> ContainerImages:
    return ContainerImages(client)


def asked(**image_id: str) -> dict[str, Any]:
    return {"repositoryName": "cowsay", "imageIds": [image_id], "acceptedMediaTypes": ACCEPTED}


def test_an_image_that_stands_alone_is_its_own_digest(images: ContainerImages, answers: Stubber) -> None:
    answers.add_response("batch_get_image", image(AMD64, {"layers": []}), asked(imageTag="4f0c2d1"))
    answers.add_response("describe_images", tagged())

    assert images.resolve("cowsay", "x86_64", tag="4f0c2d1").artifact.digest == AMD64


@pytest.mark.parametrize(("architecture", "digest"), [("x86_64", AMD64), ("arm64", ARM64)])
def test_of_an_index_it_is_the_child_that_the_function_runs(
    images: ContainerImages, answers: Stubber, architecture: str, digest: str
) -> None:
    children = [ATTESTED, OF_WINDOWS, OF_AMD64, OF_ARM64]
    answers.add_response("batch_get_image", image(INDEX, {"manifests": children}), asked(imageDigest=INDEX))
    answers.add_response("batch_get_image", image(digest, {}), asked(imageDigest=digest))
    answers.add_response("describe_images", tagged())

    assert images.resolve("cowsay", architecture, digest=INDEX).artifact.digest == digest


def test_of_several_children_for_one_platform_it_is_the_first(images: ContainerImages, answers: Stubber) -> None:
    second = OF_ARM64 | {"digest": AMD64}
    answers.add_response("batch_get_image", image(INDEX, {"manifests": [OF_ARM64, second]}))
    answers.add_response("batch_get_image", image(ARM64, {}), asked(imageDigest=ARM64))
    answers.add_response("describe_images", tagged())

    assert images.resolve("cowsay", "arm64", tag="4f0c2d1").artifact.digest == ARM64


@pytest.mark.parametrize(
    ("children", "held"),
    [
        ([ATTESTED, OF_AMD64, OF_WINDOWS], "holds linux/amd64, windows/amd64, but"),
        ([ATTESTED], "holds no image, but"),
        ([{"digest": AMD64}], "holds no image, but"),
        ([], "holds no image, but"),
    ],
)
def test_an_index_without_the_architecture_says_what_it_holds_and_what_to_do(
    images: ContainerImages, answers: Stubber, children: list[dict[str, Any]], held: str
) -> None:
    answers.add_response("batch_get_image", image(INDEX, {"manifests": children}))

    with pytest.raises(ArtifactArchitectureError) as caught:
        images.resolve("cowsay", "arm64", digest=INDEX)

    for part in (f"cowsay@{INDEX}", held, "runs on arm64", "--platform=linux/arm64", "--provenance=false"):
        assert part in str(caught.value)


def test_a_digest_counts_before_a_tag_that_may_have_moved(images: ContainerImages, answers: Stubber) -> None:
    answers.add_response("batch_get_image", image(AMD64, {}), asked(imageDigest=AMD64))
    answers.add_response("describe_images", tagged())

    assert images.resolve("cowsay", "x86_64", tag="4f0c2d1", digest=AMD64).artifact.digest == AMD64


def test_an_answer_with_another_digest_is_not_taken(images: ContainerImages, answers: Stubber) -> None:
    answers.add_response("batch_get_image", image(ARM64, {}))

    with pytest.raises(ArtifactNotFoundError, match=f"returned {ARM64} for cowsay@{AMD64}"):
        images.resolve("cowsay", "x86_64", digest=AMD64)


@pytest.mark.parametrize(("image_id", "name"), [({"imageTag": "4f0c2d1"}, "4f0c2d1"), ({"imageDigest": AMD64}, AMD64)])
def test_an_image_that_is_not_there_is_named(
    images: ContainerImages, answers: Stubber, image_id: dict[str, str], name: str
) -> None:
    failure = {"imageId": image_id, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
    answers.add_response("batch_get_image", {"images": [], "failures": [failure]})

    with pytest.raises(ArtifactNotFoundError, match=f"cowsay has no image {name}: ImageNotFound: Requested image"):
        images.resolve("cowsay", "x86_64", tag=image_id.get("imageTag"), digest=image_id.get("imageDigest"))


def test_a_repository_that_is_not_there_is_named(images: ContainerImages, answers: Stubber) -> None:
    answers.add_client_error("batch_get_image", "RepositoryNotFoundException", "does not exist in the registry")

    with pytest.raises(ArtifactNotFoundError, match="no repository cowsay: does not exist in the registry"):
        images.resolve("cowsay", "x86_64", tag="4f0c2d1")


def test_another_error_of_the_registry_escapes(images: ContainerImages, answers: Stubber) -> None:
    answers.add_client_error("batch_get_image", "ServerException")

    with pytest.raises(ClientError, match="ServerException"):
        images.resolve("cowsay", "x86_64", tag="4f0c2d1")


def test_an_image_must_be_named_somehow(images: ContainerImages) -> None:
    with pytest.raises(InvalidRequestError, match="tag or a digest"):
        images.resolve("cowsay", "x86_64")


def test_the_tags_are_those_of_what_was_named_because_an_index_children_have_none(
    images: ContainerImages, answers: Stubber
) -> None:
    answers.add_response("batch_get_image", image(INDEX, {"manifests": [OF_ARM64]}))
    answers.add_response("batch_get_image", image(ARM64, {}))
    of_the_index = {"repositoryName": "cowsay", "imageIds": [{"imageDigest": INDEX}]}
    answers.add_response("describe_images", tagged("v1.2.3", "4f0c2d1"), of_the_index)

    assert images.resolve("cowsay", "arm64", tag="4f0c2d1").tags == ("4f0c2d1", "v1.2.3")


def test_an_image_may_have_no_tags(images: ContainerImages, answers: Stubber) -> None:
    answers.add_response("batch_get_image", image(AMD64, {}))
    answers.add_response("describe_images", tagged())

    assert images.resolve("cowsay", "x86_64", digest=AMD64).tags == ()


@mock_aws
def test_an_image_that_was_pushed_is_found_by_its_tag() -> None:
    ecr = boto3.client("ecr")
    ecr.create_repository(repositoryName="cowsay")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": {}, "layers": []})
    pushed = ecr.put_image(repositoryName="cowsay", imageManifest=manifest, imageTag="4f0c2d1")

    found = ContainerImages(ecr).resolve("cowsay", "x86_64", tag="4f0c2d1")

    assert (found.artifact.digest, found.tags) == (pushed["image"]["imageId"]["imageDigest"], ("4f0c2d1",))


def test_a_target_pulls_by_digest_from_the_registry_of_its_own_region() -> None:
    artifact = Artifact(ArtifactKind.CONTAINER_IMAGE, AMD64, "team/cowsay")

    uri = image_uri(artifact, "111111111111", "eu-west-1")

    assert uri == f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/cowsay@{AMD64}"


def test_the_artifact_says_what_it_is_and_where_it_lies(images: ContainerImages, answers: Stubber) -> None:
    answers.add_response("batch_get_image", image(AMD64, {}))
    answers.add_response("describe_images", tagged())

    found = images.resolve("cowsay", "x86_64", digest=AMD64)

    assert found.artifact == Artifact(ArtifactKind.CONTAINER_IMAGE, AMD64, "cowsay")
