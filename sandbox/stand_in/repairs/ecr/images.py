"""An image is identified by its digest.

Restores: PutImage refuses a digest that is not the manifest's, layers that were not uploaded, and an image that already
exists with that tag. DescribeImages raises `ImageNotFoundException` for a missing image. A response identifies the
image as the request did.
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
"""

import hashlib
import json
from http import HTTPStatus

from ministack.core.responses import error_response_json
from ministack.services import ecr

from sandbox.stand_in.repairs.ecr.layers import blob
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def apply(settings: Settings) -> None:
    """Check new images, and describe existing ones."""
    put_in_front(ecr, "_put_image", _put)
    put_in_front(ecr, "_describe_images", _describe)
    put_in_front(ecr, "_batch_get_image", _get)


def _put(original: Original, data: Json) -> Response:
    manifest = json.loads(data["imageManifest"])
    digest = "sha256:" + hashlib.sha256(data["imageManifest"].encode()).hexdigest()
    data.setdefault("imageManifestMediaType", manifest.get("mediaType", _DOCKER_MANIFEST))
    refusal = _refusal_of(data, manifest, digest) if data["repositoryName"] in ecr._repositories else None
    if refusal:
        return error_response_json(*refusal, 400)
    return _named(original(data), digest, data.get("imageTag"))


def _refusal_of(data: Json, manifest: Json, digest: str) -> tuple[str, str] | None:
    repository = data["repositoryName"]
    if data.get("imageDigest", digest) != digest:
        return "ImageDigestDoesNotMatchException", f"The manifest's digest is {digest}, not {data['imageDigest']}"
    parts = [part["digest"] for part in [manifest.get("config"), *manifest.get("layers", [])] if part]
    missing = [part for part in parts if blob(repository, part) is None]
    if missing:
        return "LayersNotFoundException", f"Layers with digests '[{', '.join(missing)}]' could not be found"
    children = [child["digest"] for child in manifest.get("manifests", [])]
    unknown = [child for child in children if ecr._find_image(repository, {"imageDigest": child}) is None]
    if unknown:
        return "ReferencedImagesNotFoundException", f"Images with digests '[{', '.join(unknown)}]' could not be found"
    there = ecr._find_image(repository, {"imageDigest": digest})
    if there and (not data.get("imageTag") or data["imageTag"] in there["imageTags"]):
        return "ImageAlreadyExistsException", f"Image with digest '{digest}' already exists in the repository"
    return None


def _named(answer: Response, digest: str, tag: str | None) -> Response:
    """Put the image's own digest into the answer, and the tag only if this call named one."""
    status, headers, body = answer
    if status != HTTPStatus.OK:
        return answer
    document = json.loads(body)
    document["image"]["imageId"] = {"imageDigest": digest, **({"imageTag": tag} if tag else {})}
    return status, headers, json.dumps(document).encode()


def _describe(original: Original, data: Json) -> Response:
    repository = data["repositoryName"]
    if repository in ecr._repositories:
        for wanted in data.get("imageIds") or []:
            if ecr._find_image(repository, wanted) is None:
                message = (
                    f"The image with imageId {wanted} does not exist within the repository with name '{repository}'"
                )
                return error_response_json("ImageNotFoundException", message, 400)
    status, headers, body = original(data)
    document = json.loads(body)
    for detail in document.get("imageDetails", []):
        manifest = json.loads(ecr._find_image(repository, detail)["imageManifest"])
        detail["artifactMediaType"] = (manifest.get("config") or {}).get("mediaType", detail["artifactMediaType"])
        if not detail["imageTags"]:
            del detail["imageTags"]
    return status, headers, json.dumps(document).encode()


def _get(original: Original, data: Json) -> Response:
    status, headers, body = original(data)
    document = json.loads(body)
    for image, wanted in zip(document.get("images", []), _found(data), strict=False):
        digest = ecr._find_image(data["repositoryName"], wanted)["imageDigest"]
        image["imageId"] = {**wanted, "imageDigest": digest}
    return status, headers, json.dumps(document).encode()


def _found(data: Json) -> list[Json]:
    return [wanted for wanted in data.get("imageIds", []) if ecr._find_image(data["repositoryName"], wanted)]
