"""How to come to what CheckAllEnvironments reads, one statement of its role taken away."""

import hashlib
from collections.abc import Callable
from typing import Any

import yaml

from sandbox.driver.artifact_bucket import ARTIFACTS, ArtifactBucket
from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from tests.end_to_end.busy import Busy
from tests.end_to_end.rest_api_steps import KEY, STAGE, document
from tests.end_to_end.rest_api_steps import api_id as rest_api_id

_ROLE = "CheckAllEnvironmentsFunctionRole"


def _of_what_bakes(world: Busy) -> str:
    return world.said("CheckAllEnvironments", world.payloads["CheckAllEnvironments"])


def _of_an_image_elsewhere(world: Busy) -> str:
    """Where its repository does not exist, and no rule brings it. The service's own manifest stays the newest."""
    payload = world.payloads["CheckAllEnvironments"]
    service, bucket = payload["release"]["service"], world.pipeline.outputs["ManifestBucketName"]
    s3 = world.pipeline.stand_in.client("s3", ASSETS)
    text = s3.get_object(Bucket=bucket, Key=f"services/{service}.yaml")["Body"].read().decode()
    manifest: dict[str, Any] = yaml.safe_load(text)
    (environment,) = [each for each in manifest["environments"] if each["name"] == payload["environments"][0]]
    environment.pop("alarms", None)  # there are none in that region
    for target in environment["targets"]:
        target["region"] = "ap-south-1"
    revision = world.pipeline.upload_manifest(service, yaml.safe_dump(manifest))
    world.pipeline.upload_manifest(service, text)
    elsewhere = {"release": payload["release"] | {"manifest_revision": revision}}
    return world.said("CheckAllEnvironments", payload | elsewhere | {"environments": [environment["name"]]})


def _of_a_document(world: Busy) -> str:
    """Of all kinds' looks, that at a stage reads the artifact itself."""
    body = document(world.resting.name)
    version = ArtifactBucket(world.pipeline.stand_in).push(KEY, body)
    service, place = f"s3/{ARTIFACTS}/{KEY}", {"account": DEV, "region": REGION}
    target = {**place, "kind": "apigateway", "rest_api_id": rest_api_id(world), "stage": STAGE}
    environment = {"name": "dev", "targets": [target], "traffic": "AllAtOnce"}
    manifest = {"artifact": {"bucket": ARTIFACTS, "key": KEY}, "environments": [environment]}
    artifact = {
        "kind": "s3_object",
        "digest": f"sha256:{hashlib.sha256(body).hexdigest()}",
        "location": f"{ARTIFACTS}/{KEY}",
        "version": version,
    }
    revision = world.pipeline.upload_manifest(service, yaml.safe_dump(manifest))
    payload = world.payloads["CheckAllEnvironments"] | {"environments": ["dev"]}
    release = payload["release"] | {"service": service, "artifact": artifact, "manifest_revision": revision}
    return world.said("CheckAllEnvironments", payload | {"release": release})


STEPS: dict[str, Callable[[Busy], str]] = {
    **{
        f"{_ROLE}.{sid}": _of_what_bakes
        for sid in (
            "ReadManifestsInAnyRevision",
            "ReadThePolicyFile",
            "SeeWhatExistsAndWhichServicesShareAName",
            "EnterTargetAccounts",
            "ReadTheLeasesOfAllTargets",
        )
    },
    **{
        f"{_ROLE}.{sid}": _of_an_image_elsewhere
        for sid in (
            "SeeWhetherTheImageIsInAnotherRegion",
            "SeeHowFarItsReplicationIs",
            "SeeWhichRepositoriesAreReplicated",
        )
    },
    f"{_ROLE}.ReadArtifactsInAnyVersion": _of_a_document,
}
"""By the statement."""
