"""What an image was built for, and who pushed it: its configuration, downloaded from where the registry says."""

import json
from collections.abc import Callable
from dataclasses import astuple
from http.client import BadStatusLine, IncompleteRead
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.artifacts import image_configuration
from gantry.artifacts.container_image import ContainerImage
from gantry.promotion.errors import ArtifactArchitectureError
from gantry.promotion.source import IMAGE_LABELS, Source
from tests.unit.artifacts.a_registry import (
    AMD64,
    ARM64,
    INDEX,
    OF_ARM64,
    Downloads,
    Registry,
    configuration,
    digest_of,
    image,
)


def labelled(label: object, architecture: str = "amd64") -> bytes:
    return configuration(architecture, config={"Labels": {"pushed-by": label}})


BY_ALICE = labelled("alice@example.com")


def resolved(registry: Registry, content: bytes) -> ContainerImage:
    """An image with this configuration."""
    registry.holds_image(AMD64, content)
    return registry.resolve()


def attempted(registry: Registry, content: bytes, digest: str | None = None) -> None:
    """The same, where the configuration has another digest or cannot be read."""
    registry.holds(AMD64, image(digest or digest_of(content)))
    registry.serves(content, digest)
    registry.images.resolve("cowsay", "x86_64", digest=AMD64)


def refused(registry: Registry, content: bytes, digest: str | None = None) -> str:
    """Why nobody can know what the image was built for."""
    with pytest.raises(ArtifactArchitectureError) as caught:
        attempted(registry, content, digest)
    said = f"What cowsay@{AMD64} was built for is unknown, because its configuration {digest or digest_of(content)} "
    assert str(caught.value).startswith(said)
    assert str(caught.value).endswith("push the image again.")
    return str(caught.value)


def test_the_label_says_who_pushed_it(registry: Registry, downloads: Downloads) -> None:
    assert resolved(registry, BY_ALICE).pushed_by == "alice@example.com"
    assert downloads.asked == [f"/{digest_of(BY_ALICE)}?X-Amz-Signature=signed"]


def test_of_an_index_it_is_the_label_of_the_child_that_runs(registry: Registry) -> None:
    registry.holds_index(OF_ARM64)
    registry.holds_image(ARM64, labelled("alice@example.com", "arm64"))
    assert registry.resolve(INDEX, "arm64").pushed_by == "alice@example.com"


@pytest.mark.parametrize("config", [None, {"Labels": None}, {"Labels": ["pushed-by"]}, {"Labels": {"by": "alice"}}])
def test_an_image_without_the_label_does_not_say_whose_it_is(registry: Registry, config: object) -> None:
    assert resolved(registry, configuration(config=config)).pushed_by is None


SOURCE = Source("https://github.com/acme/cowsay", "4f0c2d1", "https://ci.example.com/7")
SAID: Any = dict(zip(IMAGE_LABELS, astuple(SOURCE), strict=False))


def test_labels_say_where_it_comes_from(registry: Registry) -> None:
    assert resolved(registry, configuration(config={"Labels": SAID})).source == SOURCE


def test_annotations_count_more_because_labels_are_inherited(registry: Registry) -> None:
    content = configuration(config={"Labels": dict.fromkeys(IMAGE_LABELS, "https://github.com/base/image")})
    registry.holds(AMD64, image(digest_of(content)) | {"annotations": SAID})
    registry.serves(content)
    assert registry.resolve().source == SOURCE


@pytest.mark.parametrize("labels", [None, [], "text", {}, dict.fromkeys(IMAGE_LABELS, "javascript:alert(1)"), SAID])
@pytest.mark.parametrize("annotations", [None, ["list"], "text", 7, {IMAGE_LABELS[0]: None, IMAGE_LABELS[2]: {}}])
def test_whatever_stands_there_the_image_can_run(registry: Registry, labels: object, annotations: object) -> None:
    content = configuration(config={"Labels": labels})
    registry.holds(AMD64, image(digest_of(content)) | {"annotations": annotations})
    registry.serves(content)
    assert registry.resolve().artifact.digest == AMD64


@pytest.mark.parametrize("label", ["", "ali\nce", "\x1b[2Kalice", 7, ["alice"], {"alice": "bob"}])
def test_a_label_that_is_no_name_is_none(registry: Registry, label: object) -> None:
    assert resolved(registry, labelled(label)).pushed_by is None


def test_a_label_is_not_longer_than_a_mail_address(registry: Registry) -> None:
    assert resolved(registry, labelled("a" * 1000)).pushed_by == "a" * 254


@pytest.mark.parametrize(
    "content",
    [
        *(b"{}", b"[]", b"null", b'{"architecture": "amd64"}', b'{"os": "linux"}'),
        *(configuration(None), configuration(7), configuration(""), configuration("amd64\n"), configuration("a" * 33)),
        *(
            configuration(os=None),
            configuration(os="lin ux"),
            json.dumps({"config": {"architecture": "amd64"}}).encode(),
        ),
    ],
)
def test_an_image_that_does_not_say_what_it_was_built_for_is_refused(registry: Registry, content: bytes) -> None:
    assert "it does not say os and architecture" in refused(registry, content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "JSONDecodeError"),
        (b"\xff\xfe\xfd", "UnicodeDecodeError"),
        (b"[" * 200_000, "RecursionError"),
        (b" " * (1024 * 1024 - 1) + b"{}", "ValueError: it is longer than 1048576 bytes"),
    ],
)
def test_an_absurd_configuration_is_refused(registry: Registry, content: bytes, why: str) -> None:
    assert why in refused(registry, content)


def test_a_configuration_of_just_the_longest_length_is_read(registry: Registry) -> None:
    assert resolved(registry, BY_ALICE.rjust(1024 * 1024)).pushed_by == "alice@example.com"


def test_bytes_that_are_not_what_the_manifest_says_are_refused(registry: Registry) -> None:
    assert "have another digest" in refused(registry, BY_ALICE, digest_of(b"what was pushed"))


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_download_that_is_refused_is_an_error_of_the_image(
    registry: Registry, downloads: Downloads, status: int
) -> None:
    downloads.status = status
    assert f"its download was refused with HTTP {status}" in refused(registry, BY_ALICE)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_download_that_may_work_a_moment_later_is_tried_again(
    registry: Registry, downloads: Downloads, status: int
) -> None:
    downloads.status = status
    with pytest.raises(HTTPError, match=str(status)):
        attempted(registry, BY_ALICE)


def test_a_download_that_breaks_off_is_tried_again(registry: Registry, downloads: Downloads) -> None:
    downloads.lost = 1
    with pytest.raises(IncompleteRead):
        attempted(registry, BY_ALICE[:-1], digest_of(BY_ALICE))


def test_an_answer_that_is_not_http_is_tried_again(registry: Registry, downloads: Downloads) -> None:
    downloads.version = "SMTP"
    with pytest.raises(BadStatusLine):
        attempted(registry, BY_ALICE)


def test_a_download_that_does_not_come_is_tried_again(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_configuration, "_DOWNLOAD_SECONDS", 0.05)
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent:
        registry.holds(AMD64, image(AMD64))
        registry.gives(f"http://127.0.0.1:{silent.server_port}", AMD64)
        with pytest.raises(TimeoutError, match="timed out"):
            registry.images.resolve("cowsay", "x86_64", digest=AMD64)


@pytest.mark.parametrize("code", ["LayersNotFoundException", "LayerInaccessibleException"])
def test_a_configuration_that_the_registry_does_not_serve_is_an_error_of_the_image(
    registry: Registry, code: str
) -> None:
    registry.holds(AMD64, image(AMD64))
    registry.answers.add_client_error("get_download_url_for_layer", code, "gone")
    with pytest.raises(ArtifactArchitectureError, match=f"its configuration {AMD64} cannot be read: {code}: gone"):
        registry.images.resolve("cowsay", "x86_64", digest=AMD64)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ServerException", "UnableToGetUpstreamLayerException"])
def test_what_is_wrong_with_the_pipeline_or_the_registry_escapes(registry: Registry, code: str) -> None:
    registry.holds(AMD64, image(AMD64))
    registry.answers.add_client_error("get_download_url_for_layer", code)
    with pytest.raises(ClientError, match=code):
        registry.images.resolve("cowsay", "x86_64", digest=AMD64)


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("https://api.ecr.us-east-1.amazonaws.com", "http://127.0.0.1:1/configuration"),
        ("https://api.ecr.us-east-1.amazonaws.com", "file:///etc/hostname"),
        ("http://127.0.0.1:1", "file:///etc/hostname"),
        ("http://127.0.0.1:1", "configuration"),
    ],
)
def test_an_address_that_is_not_as_secure_as_the_registrys_is_not_opened(
    stubbed: Callable[[Any], Stubber], downloads: Downloads, endpoint: str, url: str
) -> None:
    ecr = boto3.client("ecr", endpoint_url=endpoint)
    registry = Registry(ecr, stubbed(ecr), downloads)
    registry.holds(AMD64, image(AMD64))
    registry.gives(url, AMD64)
    with pytest.raises(ArtifactArchitectureError, match="its address is not as secure as the registry's own"):
        registry.images.resolve("cowsay", "x86_64", digest=AMD64)
