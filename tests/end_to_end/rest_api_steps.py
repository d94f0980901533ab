"""How to come to the steps that deploy a document to a stage of a REST API, one statement of a role taken away."""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.driver.artifact_bucket import ARTIFACTS, ArtifactBucket
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.rest_api import add_rest_api
from sandbox.driver.target_stack import let_deploy
from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from tests.end_to_end.busy import Busy

Json = dict[str, Any]
TITLE, STAGE, KEY = "documents", "live", "apis/documents.json"
POLICY = f"""
bindings:
  - rule: documents
    services: [cowsay-*]
    accounts: ["{DEV}"]
    regions: [{REGION}]
    kind: apigateway
    targets: [apigateway/*]
"""
_numbers = itertools.count(1)


def add_documents(pipeline: Pipeline) -> None:
    """Add a REST API in dev that the pipeline may deploy to. Its target stack is complete then."""
    let_deploy(pipeline.stand_in, [add_rest_api(pipeline.stand_in, DEV, TITLE, document("cowsay"))])


def document(function: str) -> bytes:
    """A document that no API has yet, whose path calls the alias of a function that a stage variable names."""
    arn = f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{function}"
    uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": f"{uri}{arn}:${{stageVariables.alias}}/invocations",
    }
    method = {"responses": {}, "x-amazon-apigateway-integration": integration}
    info = {"title": TITLE, "version": str(next(_numbers))}
    return json.dumps({"openapi": "3.0.1", "info": info, "paths": {"/say": {"get": method}}}).encode()


def _inspect(world: Busy) -> str:
    """Only there the policy file is asked: it has to bind whoever deploys to an API."""
    with _deploying(world, "InspectTarget") as payload, _bound(world.pipeline):
        return world.invoke("InspectTarget", payload)


def _prepare(world: Busy) -> str:
    with _deploying(world, "PrepareRevision") as payload:
        return world.invoke("PrepareRevision", payload | {"stable": None})


def _shift(world: Busy) -> str:
    """To a deployment with a stage variable more. That the stage routes to it already does not matter."""
    with _deploying(world, "ShiftTraffic") as payload:
        client = world.pipeline.stand_in.client("apigateway", DEV)
        stage = client.get_stage(restApiId=api_id(world), stageName=STAGE)
        stable = stage["deploymentId"]
        found = {"found": {"revision": stable, "weights": {}}, "canary": f"{stable}?alias=live", "index": 0}
        return world.invoke("ShiftTraffic", payload | found)


@contextmanager
def _deploying(world: Busy, state: str) -> Iterator[Json]:
    """What a state's function is invoked with in the deployment of a new document, while that holds the lease."""
    payload, body = world.payloads[state], document(world.resting.name)
    version = ArtifactBucket(world.pipeline.stand_in).push(KEY, body)
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    artifact = {"kind": "s3_object", "digest": digest, "location": f"{ARTIFACTS}/{KEY}", "version": version}
    release = payload["deployment"]["release"] | {"artifact": artifact, "service": world.resting.name}
    name, arn = f"apigateway/{api_id(world)}/{STAGE}", f"arn:aws:apigateway:{REGION}::/restapis/{api_id(world)}"
    target = {"kind": "apigateway", "account": DEV, "region": REGION, "name": name, "arn": f"{arn}/stages/{STAGE}"}
    own = {"release": release, "target": target, "configuration": {"variables": {"alias": "live"}}}
    nothing: Json = {"approved": None, "draft": {}}
    with world.left(payload["execution"], target, release=release):
        yield payload | {"deployment": payload["deployment"] | own | nothing, "fence": 1}


def api_id(world: Busy) -> str:
    """The id of that API."""
    found = world.pipeline.stand_in.client("apigateway", DEV).get_rest_apis(limit=500)["items"]
    return next(str(each["id"]) for each in found if each["name"] == TITLE)


@contextmanager
def _bound(pipeline: Pipeline) -> Iterator[None]:
    """While the block lasts, the policy file binds this API and nothing else."""
    pipeline.upload_policy(POLICY)
    try:
        yield
    finally:
        pipeline.stand_in.client("s3", ASSETS).delete_object(
            Bucket=pipeline.outputs["ManifestBucketName"], Key="policy/policy.yaml"
        )


STEPS: dict[str, Callable[[Busy], str]] = {
    "InspectTargetFunctionRole.ReadArtifactsInAnyVersion": _inspect,
    "PrepareRevisionFunctionRole.ReadArtifactsInAnyVersion": _prepare,
    "PrepareRevisionFunctionRole.LockWhatSeveralTargetsArePreparedIn": _prepare,
    "Target:DeployRestApis.ReadRestApis": _inspect,
    "Target:DeployRestApis.ReplaceTheDraft": _prepare,
    "Target:DeployRestApis.MakeDeployments": _prepare,
    "Target:DeployRestApis.MoveTrafficOfStages": _shift,
    "Target:DeployRestApis.SeeWhetherApisMayInvokeFunctions": _inspect,
    "Target:DeployRestApis.SeeWhatCountsRequests": _inspect,
}
"""By statement."""
