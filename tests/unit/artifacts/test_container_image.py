from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.artifacts.container_image import ContainerImage, image_uri
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import (
    ArtifactArchitectureError,
    ArtifactNotFoundError,
    ArtifactTypeError,
    InvalidRequestError,
)
from tests.unit.artifacts.a_registry import (
    AMD64,
    ARM64,
    ATTESTATION,
    ATTESTED,
    DOCKER_LIST,
    INDEX,
    OCI_CONFIGURATION,
    OF_AMD64,
    OF_ARM64,
    OF_WINDOWS,
    Registry,
    asked,
    child,
    configuration,
    digest_of,
    image,
    tagged,
)

FOR_ARM64 = configuration("arm64")
IN_TOTO = image(digest_of(b"{}"), OCI_CONFIGURATION, "application/vnd.in-toto+json")
PLATFORMS = {"x86_64": configuration(), "arm64": FOR_ARM64}


def test_the_artifact_says_what_it_is_and_where_it_lies(registry: Registry) -> None:
    registry.holds_image()
    assert registry.resolve(tags=("v1.2.3", "4f0c2d1")) == ContainerImage(
        Artifact(ArtifactKind.CONTAINER_IMAGE, AMD64, "cowsay"), ("4f0c2d1", "v1.2.3")
    )


def test_an_image_is_found_by_its_tag(registry: Registry) -> None:
    registry.holds_image(request=asked(imageTag="4f0c2d1"))
    registry.answers.add_response("describe_images", tagged())
    assert registry.images.resolve("cowsay", "x86_64", tag="4f0c2d1").artifact.digest == AMD64


@pytest.mark.parametrize("tag", ["1.1.0", "1.1.0-amd64"])
def test_an_image_for_another_architecture_is_refused_whatever_its_tag_says(registry: Registry, tag: str) -> None:
    registry.holds_image(ARM64, FOR_ARM64)
    with pytest.raises(ArtifactArchitectureError) as caught:
        registry.images.resolve("cowsay", "x86_64", tag=tag)
    for part in (f"The image cowsay@{ARM64} was built for linux/arm64, but the service runs on x86_64", "linux/amd64"):
        assert part in str(caught.value)


def test_an_image_for_windows_is_refused(registry: Registry) -> None:
    registry.holds_image(AMD64, configuration("amd64", "windows"))
    with pytest.raises(ArtifactArchitectureError, match="was built for windows/amd64"):
        registry.images.resolve("cowsay", "x86_64", digest=AMD64)


@pytest.mark.parametrize(("architecture", "digest"), [("x86_64", AMD64), ("arm64", ARM64)])
@pytest.mark.parametrize("media_type", [None, DOCKER_LIST])
def test_of_an_index_it_is_the_child_that_the_function_runs(
    registry: Registry, architecture: str, digest: str, media_type: str | None
) -> None:
    children = [ATTESTED, OF_WINDOWS, OF_AMD64, OF_ARM64]
    registry.holds_index(*children, **({"media_type": media_type} if media_type else {}))
    registry.holds_image(digest, PLATFORMS[architecture], asked(imageDigest=digest))
    assert registry.resolve(INDEX, architecture).artifact.digest == digest


def test_of_several_children_for_one_platform_it_is_the_first(registry: Registry) -> None:
    registry.holds_index(OF_ARM64, OF_ARM64 | {"digest": AMD64})
    registry.holds_image(ARM64, FOR_ARM64, asked(imageDigest=ARM64))
    assert registry.resolve(INDEX, "arm64").artifact.digest == ARM64


def test_a_child_without_a_platform_is_judged_by_its_configuration(registry: Registry) -> None:
    registry.holds_index(child(ARM64), child(AMD64))
    registry.holds_image(ARM64, FOR_ARM64, asked(imageDigest=ARM64))
    registry.holds_image(AMD64, configuration(), asked(imageDigest=AMD64))
    assert registry.resolve(INDEX).artifact.digest == AMD64


def test_a_child_with_a_platform_comes_before_one_without(registry: Registry) -> None:
    registry.holds_index(child(ARM64), OF_AMD64)
    registry.holds_image(AMD64, configuration(), asked(imageDigest=AMD64))
    assert registry.resolve(INDEX).artifact.digest == AMD64


def test_a_child_is_not_what_its_index_says_but_what_its_configuration_says(registry: Registry) -> None:
    registry.holds_index(OF_AMD64)
    registry.holds_image(AMD64, FOR_ARM64)
    with pytest.raises(ArtifactArchitectureError, match=f"index cowsay@{INDEX} was built for linux/arm64, but"):
        registry.images.resolve("cowsay", "x86_64", digest=INDEX)


def test_a_child_that_is_no_image_is_passed_over(registry: Registry) -> None:
    registry.holds_index(child(ATTESTATION), child(AMD64))
    registry.holds(ATTESTATION, IN_TOTO)
    registry.holds_image(AMD64)
    assert registry.resolve(INDEX).artifact.digest == AMD64


def test_an_index_whose_children_turn_out_to_be_no_images_cannot_run(registry: Registry) -> None:
    registry.holds_index(child(ATTESTATION), ATTESTED)
    registry.holds(ATTESTATION, IN_TOTO)
    with pytest.raises(ArtifactTypeError, match=r"its layers are 'application/vnd\.in-toto"):
        registry.images.resolve("cowsay", "x86_64", digest=INDEX)


def test_a_helm_chart_cannot_run(registry: Registry) -> None:
    config, content = "application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
    registry.holds(AMD64, image(digest_of(b"{}"), config, content))
    with pytest.raises(ArtifactTypeError, match=r"its configuration is 'application/vnd\.cncf\.helm\.config"):
        registry.images.resolve("cowsay", "x86_64", tag="1.2.0")


@pytest.mark.parametrize(
    ("children", "held"),
    [
        ([ATTESTED, OF_AMD64, OF_WINDOWS], "linux/amd64, windows/amd64"),
        ([child(AMD64, "arm", "linux")], "linux/arm"),
    ],
)
def test_an_index_without_the_architecture_says_what_it_holds_and_what_to_do(
    registry: Registry, children: list[dict[str, Any]], held: str
) -> None:
    registry.holds_index(*children)
    with pytest.raises(ArtifactArchitectureError) as caught:
        registry.images.resolve("cowsay", "arm64", digest=INDEX)
    for part in (
        f"cowsay@{INDEX} was built for {held}, but",
        "on arm64",
        "--platform=linux/arm64",
        "--provenance=false",
    ):
        assert part in str(caught.value)


def test_a_digest_counts_before_a_tag_that_may_have_moved(registry: Registry) -> None:
    registry.holds_image(request=asked(imageDigest=AMD64))
    registry.answers.add_response("describe_images", tagged())
    assert registry.images.resolve("cowsay", "x86_64", tag="4f0c2d1", digest=AMD64).artifact.digest == AMD64


def test_an_answer_with_another_digest_is_not_taken(registry: Registry) -> None:
    registry.holds(ARM64, image(AMD64))
    with pytest.raises(ArtifactNotFoundError, match=f"returned {ARM64} for cowsay@{AMD64}"):
        registry.images.resolve("cowsay", "x86_64", digest=AMD64)


@pytest.mark.parametrize(("image_id", "name"), [({"imageTag": "4f0c2d1"}, "4f0c2d1"), ({"imageDigest": AMD64}, AMD64)])
def test_an_image_that_is_not_there_is_named(registry: Registry, image_id: dict[str, str], name: str) -> None:
    failure = {"imageId": image_id, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
    registry.answers.add_response("batch_get_image", {"images": [], "failures": [failure]})
    with pytest.raises(ArtifactNotFoundError, match=f"cowsay has no image {name}: ImageNotFound: Requested image"):
        registry.images.resolve("cowsay", "x86_64", tag=image_id.get("imageTag"), digest=image_id.get("imageDigest"))


def test_a_tag_that_is_not_there_is_told_with_those_that_are_the_nearest_first(registry: Registry) -> None:
    failure = {"imageId": {"imageTag": "4f0c2d2"}, "failureCode": "ImageNotFound", "failureReason": "none"}
    registry.answers.add_response("batch_get_image", {"images": [], "failures": [failure]})
    registry.answers.add_response("describe_images", tagged("v1.2.3", "4f0c2d1"))
    with pytest.raises(ArtifactNotFoundError, match=r"ImageNotFound: none\. Tags that it has: 4f0c2d1, v1\.2\.3\.$"):
        registry.images.resolve("cowsay", "x86_64", tag="4f0c2d2")


def test_a_repository_that_is_not_there_is_named(registry: Registry) -> None:
    registry.answers.add_client_error(
        "batch_get_image", "RepositoryNotFoundException", "does not exist in the registry"
    )
    with pytest.raises(ArtifactNotFoundError, match="no repository cowsay: does not exist in the registry"):
        registry.images.resolve("cowsay", "x86_64", tag="4f0c2d1")


def test_another_error_of_the_registry_escapes(registry: Registry) -> None:
    registry.answers.add_client_error("batch_get_image", "ServerException")
    with pytest.raises(ClientError, match="ServerException"):
        registry.images.resolve("cowsay", "x86_64", tag="4f0c2d1")


def test_an_image_must_be_named_somehow(registry: Registry) -> None:
    with pytest.raises(InvalidRequestError, match="tag or a digest"):
        registry.images.resolve("cowsay", "x86_64")


def test_the_tags_are_those_of_what_was_named_because_an_index_children_have_none(registry: Registry) -> None:
    registry.holds_index(OF_ARM64)
    registry.holds_image(ARM64, FOR_ARM64)
    of_the_index = {"repositoryName": "cowsay", "imageIds": [{"imageDigest": INDEX}]}
    registry.answers.add_response("describe_images", tagged("v1.2.3", "4f0c2d1"), of_the_index)
    assert registry.images.resolve("cowsay", "arm64", tag="4f0c2d1").tags == ("4f0c2d1", "v1.2.3")


def test_tags_that_were_read_before_are_not_read_again(registry: Registry) -> None:
    registry.holds_image(request=asked(imageDigest=AMD64))
    found = registry.images.resolve("cowsay", "x86_64", digest=AMD64, known_tags=("4f0c2d1",))
    assert found.tags == ("4f0c2d1",)


def test_a_target_pulls_by_digest_from_the_registry_of_its_own_region() -> None:
    artifact = Artifact(ArtifactKind.CONTAINER_IMAGE, AMD64, "team/cowsay")
    uri = image_uri(artifact, "111111111111", "eu-west-1")
    assert uri == f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/cowsay@{AMD64}"
    in_china = image_uri(artifact, "111111111111", "cn-north-1")
    assert in_china == f"111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/team/cowsay@{AMD64}"


# Which tags an image has.


def test_a_tag_is_the_images_when_it_names_the_image_now(registry: Registry) -> None:
    registry.holds(AMD64, image(digest_of(b"{}")), request=asked(imageTag="4f0c2d1"))
    assert registry.images.is_tagged("cowsay", AMD64, "4f0c2d1")


def test_a_tag_that_names_another_image_is_not(registry: Registry) -> None:
    registry.holds(ARM64, image(digest_of(b"{}")))
    assert not registry.images.is_tagged("cowsay", AMD64, "4f0c2d1")


@pytest.mark.parametrize(("digest", "is_tagged"), [(INDEX, True), (AMD64, True), (ARM64, True), (ATTESTATION, False)])
def test_a_tag_of_an_index_is_that_of_its_images_too(registry: Registry, digest: str, is_tagged: bool) -> None:
    registry.holds_index(OF_AMD64, OF_ARM64, ATTESTED)
    assert registry.images.is_tagged("cowsay", digest, "v1.2.3") is is_tagged


def test_an_index_of_something_else_gives_its_tag_to_nothing(registry: Registry) -> None:
    registry.holds_index(ATTESTED)
    assert not registry.images.is_tagged("cowsay", AMD64, "v1.2.3")


def test_a_tag_that_nobody_pushed_is_nothings(registry: Registry) -> None:
    missing = {"imageId": {"imageTag": "nothing"}, "failureCode": "ImageNotFound", "failureReason": "no such image"}
    registry.answers.add_response("batch_get_image", {"images": [], "failures": [missing]})
    assert not registry.images.is_tagged("cowsay", AMD64, "nothing")


@pytest.mark.parametrize("code", ["ImageNotFoundException", "RepositoryNotFoundException"])
def test_what_is_not_there_has_no_tags(registry: Registry, code: str) -> None:
    registry.answers.add_client_error("describe_images", code)
    with pytest.raises(ArtifactNotFoundError, match=AMD64):
        registry.images.tags("cowsay", AMD64)


def test_that_tags_cannot_be_read_does_not_mean_that_there_are_none(registry: Registry) -> None:
    registry.answers.add_client_error("describe_images", "ThrottlingException")
    with pytest.raises(ClientError):
        registry.images.tags("cowsay", AMD64)
