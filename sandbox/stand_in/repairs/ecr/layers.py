"""Layers are kept.

Restores: InitiateLayerUpload, UploadLayerPart and CompleteLayerUpload store a layer under its digest and refuse a wrong
digest, and BatchCheckLayerAvailability says which layers exist. The library throws the bytes away.
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html
"""

import base64
import hashlib

from ministack.core.responses import error_response_json, json_response
from ministack.services import ecr

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Store the uploads."""
    put_in_front(ecr, "_upload_layer_part", _keep_the_part)
    put_in_front(ecr, "_complete_layer_upload", _keep_the_layer)
    put_in_front(ecr, "_batch_check_layer_availability", _check_availability)


def blob(repository: str, digest: str) -> bytes | None:
    """Return the bytes of a layer or an image configuration in the current account."""
    found: bytes | None = (ecr._layer_blobs.get(repository) or {}).get(digest)
    return found


def _keep_the_part(original: Original, data: Json) -> Response:
    uploads = ecr._uploads.setdefault(data["repositoryName"], {})
    part = base64.b64decode(data["layerPartBlob"])
    uploads[data["uploadId"]] = bytes(uploads.get(data["uploadId"], b"")) + part
    return original(data)


def _keep_the_layer(original: Original, data: Json) -> Response:
    content = ecr._uploads.get(data["repositoryName"], {}).pop(data["uploadId"], None)
    if content is None:
        message = f"The upload with id '{data['uploadId']}' does not exist"
        return error_response_json("UploadNotFoundException", message, 400)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    if digest not in data["layerDigests"]:
        message = f"The layer's digest is {digest}, not {data['layerDigests'][0]}"
        return error_response_json("InvalidLayerException", message, 400)
    ecr._layer_blobs.setdefault(data["repositoryName"], {})[digest] = content
    return original(data)


def _check_availability(_original: Original, data: Json) -> Response:
    layers = []
    for digest in data.get("layerDigests", []):
        content = blob(data["repositoryName"], digest)
        there = "UNAVAILABLE" if content is None else "AVAILABLE"
        layers.append({"layerDigest": digest, "layerAvailability": there, "layerSize": len(content or b"")})
    return json_response({"layers": layers, "failures": []})
