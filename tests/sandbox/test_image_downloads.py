"""What an image says about itself: its labels and its tags."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_function, a_role, allow, invoke

FILES = {"app.py": "def handler(event, context): ..."}
LABELS = {
    "org.opencontainers.image.revision": "1111111",
    "org.opencontainers.image.source": "https://git.example/cowsay",
}
# Reads an image's labels and tags, with nothing but what there is in Lambda.
READS_LABELS = """\
import json, urllib.request
import boto3

def handler(event, context):
    ecr, image = boto3.client("ecr"), {"imageDigest": event["digest"]}
    repository = {"repositoryName": event["repository"]}
    [found] = ecr.batch_get_image(**repository, imageIds=[image])["images"]
    config = json.loads(found["imageManifest"])["config"]["digest"]
    url = ecr.get_download_url_for_layer(**repository, layerDigest=config)["downloadUrl"]
    with urllib.request.urlopen(url, timeout=5) as answer:
        labels = json.load(answer)["config"].get("Labels")
    [described] = ecr.describe_images(**repository, imageIds=[image])["imageDetails"]
    return {"labels": labels, "tags": sorted(described["imageTags"])}
"""


def manifest(ecr: Any, repository: str, digest: str) -> Json:
    [image] = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])["images"]
    found: Json = json.loads(image["imageManifest"])
    return found


def downloaded(ecr: Any, repository: str, digest: str) -> bytes:
    url = ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)["downloadUrl"]
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 -- the stand-in's own port
        content: bytes = answer.read()
    return content


def test_a_function_reads_an_images_labels_and_all_its_tags(aws: StandIn, registry: Registry, repository: str) -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html"""
    digest = registry.push(repository, "1111111", FILES, labels=LABELS)
    assert registry.push(repository, "v1.0.0", FILES, labels=LABELS) == digest
    arn = f"arn:aws:ecr:{REGION}:{ASSETS}:repository/{repository}"
    reads = allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:DescribeImages"], arn)
    function = a_function(aws, READS_LABELS, role=a_role(aws, reads))

    answer = invoke(aws, function, {"repository": repository, "digest": digest})

    assert answer["Payload"] == {"labels": LABELS, "tags": ["1111111", "v1.0.0"]}


@pytest.mark.parametrize("missing", ["ecr:GetDownloadUrlForLayer", "ecr:DescribeImages"])
def test_reading_must_be_allowed_on_the_repository(
    aws: StandIn, registry: Registry, repository: str, missing: str
) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html"""
    digest = registry.push(repository, "v1", FILES)
    arn = f"arn:aws:ecr:{REGION}:{ASSETS}:repository/{repository}"
    allowed = {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:DescribeImages"} - {missing}
    role = a_role(aws, allow(sorted(allowed), arn), allow(missing, f"{arn}-another"))

    answer = invoke(aws, a_function(aws, READS_LABELS, role=role), {"repository": repository, "digest": digest})

    assert f"not authorized to perform: {missing} " in answer["Payload"]["errorMessage"]


def test_the_images_of_an_index_have_the_labels(registry: Registry, ecr: Any, repository: str) -> None:
    digest = registry.push_index(repository, "v1", {"x86_64": FILES, "arm64": FILES}, attested=True, labels=LABELS)

    children = [manifest(ecr, repository, child["digest"]) for child in manifest(ecr, repository, digest)["manifests"]]
    configs = [json.loads(downloaded(ecr, repository, child["config"]["digest"])) for child in children]

    assert [config.get("config", {}).get("Labels") for config in configs] == [LABELS, LABELS, None, None]


def test_the_url_is_good_for_one_blob(registry: Registry, ecr: Any, repository: str) -> None:
    parts = manifest(ecr, repository, registry.push(repository, "v1", FILES))
    config, layer = parts["config"]["digest"], parts["layers"][0]["digest"]
    url = ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=config)["downloadUrl"]
    assert len(downloaded(ecr, repository, layer)) == parts["layers"][0]["size"]

    for wrong in (url.split("?")[0], url.replace(config.split(":")[1], layer.split(":")[1])):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(wrong, timeout=5)  # noqa: S310 -- the stand-in's own port


def test_there_is_no_url_for_what_no_image_has(registry: Registry, ecr: Any, repository: str) -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html"""
    uploaded = registry._push_blob(repository, b"{}", "application/json")["digest"]

    for digest, error in (("sha256:" + "0" * 64, "LayersNotFoundException"), (uploaded, "LayerInaccessibleException")):
        with pytest.raises(ClientError, match=error):
            ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)
