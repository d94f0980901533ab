"""A registry whose answers are given, and S3 on this machine, where it lets people download from."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from botocore.stub import Stubber

from gantry.artifacts.container_image import ContainerImage, ContainerImages

INDEX, AMD64, ARM64, ATTESTATION = ("sha256:" + digit * 64 for digit in "0123")
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIGURATION = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIGURATION = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
ACCEPTED = (OCI_INDEX, DOCKER_LIST, OCI_IMAGE, DOCKER_IMAGE)

Document = dict[str, Any]


def digest_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


def configuration(architecture: object = "amd64", os: object = "linux", **more: object) -> bytes:
    return json.dumps({"architecture": architecture, "os": os} | more).encode()


def child(digest: str, architecture: str | None = None, os: str = "linux", media_type: str = OCI_IMAGE) -> Document:
    """A descriptor in an index; without an architecture it does not name a platform."""
    platform = {"platform": {"architecture": architecture, "os": os}} if architecture else {}
    return {"mediaType": media_type, "digest": digest, "size": 500} | platform


OF_AMD64, OF_ARM64 = child(AMD64, "amd64"), child(ARM64, "arm64")
OF_WINDOWS = child(AMD64, "amd64", "windows")
ATTESTED = child(ATTESTATION, "unknown", "unknown")


def image(config: str, media_type: str = OCI_CONFIGURATION, *layers: str) -> Document:
    """An image's manifest; its layers by their media types."""
    described = [{"mediaType": each, "digest": ATTESTATION} for each in layers or (OCI_LAYER,)]
    return {"config": {"mediaType": media_type, "digest": config}, "layers": described}


def tagged(*tags: str) -> Document:
    """A response of DescribeImages. It has no key for the tags of an image that has none."""
    return {"imageDetails": [{"imageTags": list(tags)} if tags else {}]}


def asked(**image_id: str) -> Document:
    return {"repositoryName": "cowsay", "imageIds": [image_id], "acceptedMediaTypes": ACCEPTED}


@dataclass
class Downloads:
    """What S3 serves, on this machine and without TLS."""

    url: str = ""
    version: str = "HTTP/1.0"
    status: int = 200
    blobs: dict[str, bytes] = field(default_factory=dict)
    """By what is asked for."""
    lost: int = 0
    """How many bytes of the announced ones do not come."""
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Downloads]:
    there = Downloads()

    class Serve(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append(self.path)
            content = there.blobs[self.path.removeprefix("/").partition("?")[0]]
            self.protocol_version = there.version
            self.send_response(there.status)
            self.send_header("Content-Length", str(len(content) + there.lost))
            self.end_headers()
            self.wfile.write(content)

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
    downloads: Downloads

    def holds(
        self, digest: str, document: Document, media_type: str = OCI_IMAGE, request: Document | None = None
    ) -> None:
        """The next answer is this manifest."""
        found = {
            "imageId": {"imageDigest": digest},
            "imageManifest": json.dumps({"schemaVersion": 2} | document),
            "imageManifestMediaType": media_type,
        }
        self.answers.add_response("batch_get_image", {"images": [found], "failures": []}, request)

    def holds_index(self, *children: Document, media_type: str = OCI_INDEX) -> None:
        """The next answer is an index of these."""
        self.holds(INDEX, {"manifests": list(children)}, media_type)

    def holds_image(self, digest: str = AMD64, content: bytes | None = None, request: Document | None = None) -> None:
        """The next answers are an image and its configuration."""
        content = configuration() if content is None else content
        self.holds(digest, image(digest_of(content)), request=request)
        self.serves(content)

    def serves(self, content: bytes, digest: str | None = None) -> None:
        """The next answer is where this can be downloaded."""
        digest = digest or digest_of(content)
        self.downloads.blobs[digest] = content
        self.gives(f"{self.downloads.url}/{digest}?X-Amz-Signature=signed", digest)

    def gives(self, url: str, digest: str) -> None:
        """The next answer is where this can be downloaded, whether it is there or not."""
        self.answers.add_response(
            "get_download_url_for_layer",
            {"downloadUrl": url, "layerDigest": digest},
            {"repositoryName": "cowsay", "layerDigest": digest},
        )

    def resolve(self, digest: str = AMD64, architecture: str = "x86_64", tags: tuple[str, ...] = ()) -> ContainerImage:
        """Resolve an image that can run, which has these tags."""
        self.answers.add_response("describe_images", tagged(*tags))
        return self.images.resolve("cowsay", architecture, digest=digest)

    @property
    def images(self) -> ContainerImages:
        return ContainerImages(self.ecr)
