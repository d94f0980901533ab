"""Layers and image configurations can be downloaded.

Restores: GetDownloadUrlForLayer answers with the presigned URL of an S3 object that ECR owns; the URL is valid for an
hour without credentials. The call refuses a digest that the repository does not have, and one that no image refers to.
An image's configuration is downloaded like a layer. On AWS the URL is https.
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-setting-up-s3-gateway
"""

import functools
import json
from typing import Any

import boto3
from botocore.config import Config
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import ecr, s3

from sandbox.stand_in.accounts import ROOT_SECRET
from sandbox.stand_in.repairs.ecr.layers import blob
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.scope import in_scope
from sandbox.stand_in.settings import Settings

_ECRS_OWN_ACCOUNT = "999999999999"
_EXPIRES_SECONDS = 3600


def apply(settings: Settings) -> None:
    """Answer with a URL on the stand-in's port."""

    def get_download_url(original: Original, data: Json) -> Response:
        repository, digest = data["repositoryName"], data["layerDigest"]
        if repository not in ecr._repositories:
            return original(data)
        content = blob(repository, digest)
        if content is None:
            place = f"'{repository}' in the registry with id '{get_account_id()}'"
            message = f"The layer with digest {digest} does not exist within the repository with name {place}"
            return error_response_json("LayersNotFoundException", message, 400)
        if not _is_part_of_an_image(repository, digest):
            message = f"The layer with digest '{digest}' is not associated with an image"
            return error_response_json("LayerInaccessibleException", message, 400)
        bucket = f"prod-{get_region()}-starport-layer-bucket"
        key = f"{get_account_id()}/{repository}/{digest}"
        in_scope(_ECRS_OWN_ACCOUNT, get_region(), _keep, bucket, key, content)
        url = _s3_client(settings.endpoint, get_region()).generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=_EXPIRES_SECONDS
        )
        return json_response({"downloadUrl": url, "layerDigest": digest})

    put_in_front(ecr, "_get_download_url_for_layer", get_download_url)


def _is_part_of_an_image(repository: str, digest: str) -> bool:
    manifests = [json.loads(image["imageManifest"]) for image in ecr._images.get(repository) or []]
    return any(
        digest == part["digest"]
        for manifest in manifests
        for part in [manifest.get("config"), *manifest.get("layers", [])]
        if part
    )


def _keep(bucket: str, key: str, content: bytes) -> None:
    s3._create_bucket(bucket, b"")
    s3._put_object(bucket, key, content, {"content-type": "application/octet-stream"})


@functools.cache
def _s3_client(endpoint: str, region: str) -> Any:  # noqa: ANN401 -- boto3's clients have no common type
    session: Any = boto3.session.Session()  # typed for literal service names only
    return session.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=_ECRS_OWN_ACCOUNT,
        aws_secret_access_key=ROOT_SECRET,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
