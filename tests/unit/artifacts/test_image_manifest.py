"""What can run is judged by the media types of manifest, configuration and layers."""

from typing import Any

import pytest

from gantry.artifacts.image_manifest import RegistryManifest, platform_of
from gantry.promotion.errors import ArtifactTypeError
from tests.unit.artifacts.a_registry import (
    AMD64,
    ATTESTED,
    DOCKER_CONFIGURATION,
    DOCKER_IMAGE,
    DOCKER_LAYER,
    OCI_CONFIGURATION,
    OCI_IMAGE,
    OCI_INDEX,
    OCI_LAYER,
    OF_AMD64,
    child,
    image,
)

CONFIG = "sha256:" + "c" * 64
NONDISTRIBUTABLE = "application/vnd.oci.image.layer.nondistributable.v1.tar"


def manifest(document: dict[str, Any], media_type: str = OCI_IMAGE) -> RegistryManifest:
    return RegistryManifest(f"cowsay@{AMD64}", AMD64, media_type, document)


@pytest.mark.parametrize("media_type", [OCI_IMAGE, DOCKER_IMAGE])
@pytest.mark.parametrize("config", [OCI_CONFIGURATION, DOCKER_CONFIGURATION])
@pytest.mark.parametrize(
    "layers",
    [
        (OCI_LAYER,),
        (OCI_LAYER, OCI_LAYER.removesuffix("+gzip"), OCI_LAYER.replace("gzip", "zstd")),
        (NONDISTRIBUTABLE, f"{NONDISTRIBUTABLE}+gzip", f"{NONDISTRIBUTABLE}+zstd", OCI_LAYER),
        (DOCKER_LAYER, DOCKER_LAYER.removesuffix(".gzip"), DOCKER_LAYER.replace("gzip", "zstd")),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", DOCKER_LAYER, OCI_LAYER),
    ],
)
def test_an_image_can_run_as_docker_or_oci_write_it(media_type: str, config: str, layers: tuple[str, ...]) -> None:
    assert manifest(image(CONFIG, config, *layers), media_type).configuration() == CONFIG


HELM = image(CONFIG, "application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
OTHERS = {
    "a Helm chart": (HELM, "its configuration is 'application/vnd.cncf.helm.config.v1+json'; an image's is"),
    "BuildKit's cache, whose layers are an image's": (
        image(CONFIG, "application/vnd.buildkit.cacheconfig.v0"),
        "its configuration is 'application/vnd.buildkit.cacheconfig.v0'; an image's is",
    ),
    "a signature of cosign": (
        image(CONFIG, OCI_CONFIGURATION, "application/vnd.dev.cosign.simplesigning.v1+json"),
        "its layers are 'application/vnd.dev.cosign.simplesigning.v1+json'; an image's are tar archives, like",
    ),
    "a signature of cosign 3": (
        image(CONFIG, "application/vnd.oci.empty.v1+json", "application/vnd.dev.sigstore.bundle.v0.3+json"),
        "its configuration is 'application/vnd.oci.empty.v1+json'",
    ),
    "an attestation": (
        image(CONFIG, OCI_CONFIGURATION, "application/vnd.in-toto+json"),
        "its layers are 'application/vnd.in-toto+json'",
    ),
    "an SBOM": (image(CONFIG, OCI_CONFIGURATION, "text/spdx+json"), "its layers are 'text/spdx+json'"),
    "a WebAssembly module": (
        image(CONFIG, "application/vnd.wasm.config.v1+json", "application/vnd.wasm.content.layer.v1+wasm"),
        "its configuration is 'application/vnd.wasm.config.v1+json'",
    ),
    "a plugin of Docker's": (
        image(CONFIG, "application/vnd.docker.plugin.v1+json", DOCKER_LAYER),
        "its configuration is 'application/vnd.docker.plugin.v1+json'",
    ),
    "an image with something else in it": (
        image(CONFIG, OCI_CONFIGURATION, OCI_LAYER, "application/vnd.dsse.envelope.v1+json"),
        "its layers are 'application/vnd.dsse.envelope.v1+json'",
    ),
    "an encrypted image": (image(CONFIG, OCI_CONFIGURATION, f"{OCI_LAYER}+encrypted"), "its layers are"),
    "a manifest without layers": (image(CONFIG) | {"layers": []}, "it has no layers"),
    "a manifest whose layers are no list": (image(CONFIG) | {"layers": None}, "it has no layers"),
    "a manifest without a configuration": ({"layers": [{"mediaType": OCI_LAYER}]}, "its configuration is None"),
    "a configuration without a digest": (image(CONFIG) | {"config": {}}, "its configuration is None"),
    "layers of no type": (image(CONFIG) | {"layers": ["layer"]}, "its layers are None"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_nothing_else_can_run_and_the_refusal_names_the_media_types(what: str) -> None:
    document, why = OTHERS[what]
    with pytest.raises(ArtifactTypeError) as caught:
        manifest(document).configuration()
    assert str(caught.value).startswith(f"The artifact cowsay@{AMD64} is no image that can run, by its media types: ")
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "media_type",
    ["application/vnd.oci.artifact.manifest.v1+json", "application/vnd.docker.distribution.manifest.v1+prettyjws"],
)
def test_another_kind_of_manifest_cannot_run(media_type: str) -> None:
    with pytest.raises(ArtifactTypeError, match=f"its manifest is '{media_type}'".replace("+", r"\+")):
        manifest(image(CONFIG), media_type).configuration()


def test_a_message_has_few_and_short_media_types_on_one_line() -> None:
    layers = [f"{number}\n\x1b" + "x" * 1000 for number in range(100)]
    with pytest.raises(ArtifactTypeError) as caught:
        manifest(image(CONFIG, OCI_CONFIGURATION, *layers)).configuration()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 700


def test_an_index_names_its_images_and_nothing_else() -> None:
    layer = child(CONFIG, media_type=OCI_LAYER)
    children = manifest({"manifests": [ATTESTED, layer, OF_AMD64, child(CONFIG)]}, OCI_INDEX).children()
    assert [(each.digest, each.platform) for each in children] == [(AMD64, "linux/amd64"), (CONFIG, None)]


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        ([], "it is an index of nothing; an image in it is"),
        (None, "it is an index of nothing"),
        (["image"], "it is an index of None"),
        (
            [ATTESTED],
            f"it is an index of '{OCI_IMAGE}'; an image in it is {OCI_IMAGE} or {DOCKER_IMAGE} for a platform",
        ),
        (
            [child(CONFIG, media_type=OCI_LAYER), child(CONFIG, media_type="application/vnd.buildkit.cacheconfig.v0")],
            f"it is an index of 'application/vnd.buildkit.cacheconfig.v0', '{OCI_LAYER}'",
        ),
        ([child(CONFIG, "amd64", media_type=OCI_INDEX)], f"it is an index of '{OCI_INDEX}'"),
    ],
)
def test_an_index_without_an_image_cannot_run(listed: object, why: str) -> None:
    with pytest.raises(ArtifactTypeError) as caught:
        manifest({"manifests": listed}, OCI_INDEX).children()
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("document", "platform"),
    [
        ({"os": "linux", "architecture": "amd64"}, "linux/amd64"),
        ({"os": "linux", "architecture": "arm64", "variant": "v8"}, "linux/arm64"),
        ({"os": "linux", "architecture": "aarch64"}, "linux/arm64"),
        ({"os": "Linux", "architecture": "x86_64"}, "linux/amd64"),
        ({"os": "windows", "architecture": "AMD64"}, "windows/amd64"),
        *(({"os": "linux"}, None), ({"architecture": "arm64"}, None), ({}, None), (None, None), ("linux/amd64", None)),
        *(({"os": "linux", "architecture": ""}, None), ({"os": 1, "architecture": "arm64"}, None)),
    ],
)
def test_a_platform_is_what_runtimes_understand(document: object, platform: str | None) -> None:
    assert platform_of(document) == platform
