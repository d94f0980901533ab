"""Who pushed an image: the label in its configuration, downloaded from where the registry says."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.artifacts import container_image
from gantry.artifacts.container_image import ContainerImage, ContainerImages
from gantry.promotion.artifact import Artifact, ArtifactKind
from tests.unit.artifacts.test_container_image import AMD64, ARM64, INDEX, OF_ARM64, image, tagged


def digest_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


def labelled(label: object) -> bytes:
    return json.dumps({"architecture": "amd64", "config": {"Labels": {"pushed-by": label}}}).encode()


BY_ALICE = labelled("alice@example.com")


@dataclass
class Downloads:
    """What S3 serves, on this machine and without TLS."""

    url: str = ""
    version: str = "HTTP/1.0"
    status: int = 200
    content: bytes = BY_ALICE
    lost: int = 0
    """How many bytes of the announced ones do not come."""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def downloads() -> Iterator[Downloads]:
    there = Downloads()

    class Serve(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append(self.path)
            self.protocol_version = there.version
            self.send_response(there.status)
            self.send_header("Content-Length", str(len(there.content) + there.lost))
            self.end_headers()
            self.wfile.write(there.content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base names it so
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Serve) as server:
        there.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield there
        server.shutdown()
        thread.join()


@dataclass
class Registry:
    """One whose answers are given, and which itself has no TLS either unless a test says so."""

    ecr: Any
    answers: Stubber

    def holds(self, config: object, digest: str = AMD64) -> None:
        self.answers.add_response("batch_get_image", image(digest, {"config": config}))

    def gives(self, url: str, layer: str) -> None:
        answer = {"downloadUrl": url, "layerDigest": layer}
        self.answers.add_response(
            "get_download_url_for_layer", answer, {"repositoryName": "cowsay", "layerDigest": layer}
        )

    def resolve(self, digest: str = AMD64, architecture: str = "x86_64") -> ContainerImage:
        self.answers.add_response("describe_images", tagged("4f0c2d1"))
        return ContainerImages(self.ecr).resolve("cowsay", architecture, digest=digest)


@pytest.fixture
def registry(stubbed: Callable[[Any], Stubber]) -> Registry:
    ecr = boto3.client("ecr", endpoint_url="http://127.0.0.1:1")
    return Registry(ecr, stubbed(ecr))


def found(digest: str, pushed_by: str | None = None) -> ContainerImage:
    """What the registry knows about an image with one tag."""
    return ContainerImage(Artifact(ArtifactKind.CONTAINER_IMAGE, digest, "cowsay"), ("4f0c2d1",), pushed_by)


def resolved(registry: Registry, downloads: Downloads, digest: str | None = None) -> ContainerImage:
    """An image with the configuration that is served now."""
    config = digest or digest_of(downloads.content)
    registry.holds({"digest": config})
    registry.gives(f"{downloads.url}/configuration?X-Amz-Signature=signed", config)
    return registry.resolve()


def test_the_label_says_who_pushed_it(registry: Registry, downloads: Downloads) -> None:
    assert resolved(registry, downloads) == found(AMD64, "alice@example.com")
    assert downloads.asked == ["/configuration?X-Amz-Signature=signed"]


def test_of_an_index_it_is_the_label_of_the_child_that_runs(registry: Registry, downloads: Downloads) -> None:
    registry.answers.add_response("batch_get_image", image(INDEX, {"manifests": [OF_ARM64]}))
    registry.holds({"digest": digest_of(BY_ALICE)}, ARM64)
    registry.gives(downloads.url, digest_of(BY_ALICE))

    assert registry.resolve(INDEX, "arm64") == found(ARM64, "alice@example.com")


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"[]",
        b"null",
        b'{"config": null}',
        b'{"config": {"Labels": null}}',
        b'{"config": {"Labels": ["pushed-by"]}}',
        b'{"config": {"Labels": {"maintainer": "alice"}}}',
    ],
)
def test_an_image_without_the_label_does_not_say_whose_it_is(
    registry: Registry, downloads: Downloads, content: bytes
) -> None:
    downloads.content = content
    assert resolved(registry, downloads) == found(AMD64)


@pytest.mark.parametrize("label", ["", "ali\nce", "\x1b[2Kalice", 7, ["alice"], {"alice": "bob"}])
def test_a_label_that_is_no_name_is_unknown(registry: Registry, downloads: Downloads, label: object) -> None:
    downloads.content = labelled(label)
    image = resolved(registry, downloads)
    assert image.pushed_by is None
    assert image.unreadable == f"{digest_of(downloads.content)}: its label pushed-by is not printable text"


def test_a_label_is_not_longer_than_a_mail_address(registry: Registry, downloads: Downloads) -> None:
    downloads.content = labelled("a" * 1000)
    assert resolved(registry, downloads).pushed_by == "a" * 254


@pytest.mark.parametrize("config", [None, "sha256:0", {}, {"digest": None}, {"digest": 7}])
def test_a_manifest_without_a_configuration_does_not_say_whose_it_is(registry: Registry, config: object) -> None:
    registry.holds(config)
    assert registry.resolve().unreadable == "the image's manifest has no configuration"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "JSONDecodeError"),
        (b"\xff\xfe\xfd", "UnicodeDecodeError"),
        (b"[" * 200_000, "RecursionError"),
        (b" " * (1024 * 1024 - 1) + b"{}", "ValueError: it is longer than 1048576 bytes"),
    ],
)
def test_an_absurd_configuration_is_unknown_and_no_error(
    registry: Registry, downloads: Downloads, content: bytes, why: str
) -> None:
    downloads.content = content
    image = resolved(registry, downloads)
    assert image.pushed_by is None
    assert why in str(image.unreadable)


def test_a_configuration_of_just_the_longest_length_is_read(registry: Registry, downloads: Downloads) -> None:
    downloads.content = BY_ALICE.rjust(1024 * 1024)
    assert resolved(registry, downloads).pushed_by == "alice@example.com"


def test_bytes_that_are_not_what_the_manifest_says_are_not_believed(registry: Registry, downloads: Downloads) -> None:
    image = resolved(registry, downloads, digest_of(b"what was pushed"))
    assert image.pushed_by is None
    assert "have another digest" in str(image.unreadable)


@pytest.mark.parametrize("status", [403, 404, 503])
def test_a_download_that_is_refused_is_unknown_and_no_error(
    registry: Registry, downloads: Downloads, status: int
) -> None:
    downloads.status = status
    assert f"HTTPError: HTTP Error {status}" in str(resolved(registry, downloads).unreadable)


def test_a_download_that_breaks_off_is_unknown_and_no_error(registry: Registry, downloads: Downloads) -> None:
    downloads.content, downloads.lost = BY_ALICE[:-1], 1
    assert "have another digest" in str(resolved(registry, downloads, digest_of(BY_ALICE)).unreadable)


def test_an_answer_that_is_not_http_is_unknown_and_no_error(registry: Registry, downloads: Downloads) -> None:
    downloads.version = "SMTP"
    assert "BadStatusLine" in str(resolved(registry, downloads).unreadable)


def test_a_download_that_does_not_come_is_unknown_and_no_error(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_image, "_DOWNLOAD_SECONDS", 0.05)
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent:
        registry.holds({"digest": AMD64})
        registry.gives(f"http://127.0.0.1:{silent.server_port}", AMD64)
        assert "timed out" in str(registry.resolve().unreadable)


@pytest.mark.parametrize("code", ["LayersNotFoundException", "LayerInaccessibleException"])
def test_a_configuration_that_the_registry_does_not_serve_is_unknown_and_no_error(
    registry: Registry, code: str
) -> None:
    registry.holds({"digest": AMD64})
    registry.answers.add_client_error("get_download_url_for_layer", code, "gone")
    assert registry.resolve().unreadable == f"{AMD64}: {code}: gone"


@pytest.mark.parametrize("code", ["AccessDeniedException", "ServerException"])
def test_what_is_wrong_with_the_pipeline_or_the_registry_escapes(registry: Registry, code: str) -> None:
    registry.holds({"digest": AMD64})
    registry.answers.add_client_error("get_download_url_for_layer", code)
    with pytest.raises(ClientError, match=code):
        ContainerImages(registry.ecr).resolve("cowsay", "x86_64", digest=AMD64)


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
    stubbed: Callable[[Any], Stubber], endpoint: str, url: str
) -> None:
    ecr = boto3.client("ecr", endpoint_url=endpoint)
    registry = Registry(ecr, stubbed(ecr))
    registry.holds({"digest": AMD64})
    registry.gives(url, AMD64)
    unreadable = registry.resolve().unreadable
    assert unreadable == f"{AMD64}: ValueError: its address is not as secure as the registry's own"
