"""A push puts an event on EventBridge.

Restores: PutImage puts an `ECR Image Action` event on the account's default bus, with `image-tag` only if the image has
a tag.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
"""

import json
from http import HTTPStatus

from ministack.services import ecr

from sandbox.stand_in.repairs.aws_events import put_aws_event
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Publish an event for every image."""
    put_in_front(ecr, "_put_image", _publish)


def _publish(original: Original, data: Json) -> Response:
    answer: Response = original(data)
    status, _, body = answer
    if status == HTTPStatus.OK:
        image = json.loads(body)["image"]
        manifest = json.loads(image["imageManifest"])
        artifact = manifest.get("artifactType") or (manifest.get("config") or {}).get("mediaType")
        detail = {
            "action-type": "PUSH",
            "result": "SUCCESS",
            "repository-name": image["repositoryName"],
            "image-digest": image["imageId"]["imageDigest"],
            "image-tag": image["imageId"].get("imageTag"),
            "manifest-media-type": image["imageManifestMediaType"],
            "artifact-media-type": artifact,
        }
        put_aws_event("aws.ecr", "ECR Image Action", {key: value for key, value in detail.items() if value})
    return answer
