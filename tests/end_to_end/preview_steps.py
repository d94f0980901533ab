"""How to come to what a preview reads, one statement of its role taken away."""

import time
from collections.abc import Callable
from typing import Any

from sandbox.stand_in.accounts import ASSETS
from tests.end_to_end.busy import Busy, http_event
from tests.end_to_end.service import APPROVAL


def preview_event(service: str, **query: str) -> dict[str, Any]:
    """What the HTTP API hands over of a signed call that asks for a preview."""
    event, path = http_event("GET", service), f"/previews/{service}"
    event |= {"routeKey": "GET /previews/{service+}", "rawPath": path, "pathParameters": {"service": service}}
    iam = {"userArn": f"arn:aws:sts::{ASSETS}:assumed-role/ops/alice"}
    event["requestContext"] |= {"timeEpoch": int(time.time() * 1000), "authorizer": {"iam": iam}}
    event["requestContext"]["http"]["path"] = path
    return event | {"queryStringParameters": query}


def _of_what_bakes(world: Busy) -> str:
    """Its settings have a secret, and it says which alarm watches."""
    digest = world.payloads["CheckGates"]["release"]["artifact"]["digest"]
    return world.said("PreviewPromotion", preview_event(world.baking.name, environment="dev", digest=digest))


def _of_an_older_manifest(world: Busy) -> str:
    """What is live came with a revision before the newest one, of which no warm function knows the text."""
    dev, staging = (world.resting.environment(each) for each in ("dev", "staging"))
    world.resting.change(dev, staging | {"approval": APPROVAL})
    with world.nothing_promoted():
        return world.said("PreviewPromotion", preview_event(world.resting.name, configuration_only="true"))


def _of_what_was_promoted_last(world: Busy) -> str:
    return world.said("PreviewPromotion", preview_event(world.resting.name, environment="dev"))


def _of_an_object(world: Busy) -> str:
    detail = world.object_event()["detail"]
    service = f"s3/{detail['bucket']['name']}/{detail['object']['key']}"
    return world.said("PreviewPromotion", preview_event(service, version_id=detail["object"]["version-id"]))


_ROLE = "PreviewPromotionFunctionRole"
_OF_ANY: dict[str, Callable[[Busy], str]] = {
    f"{_ROLE}.{sid}": _of_what_bakes
    for sid in (
        "ReadThePolicyFile",
        "SeeWhatExistsAndWhichServicesShareAName",
        "EnterTargetAccounts",
        "ReadTheKeyThatValuesAreMaskedBy",
        "ReadManifests",
        "ReadTheImageItsTagsAndWhoPushedIt",
        "ReadTheQuarantineAndTheLeasesOfAllTargets",
        "SeeWhatIsLiveAndWhoIsAskedAlready",
    )
}
STEPS = _OF_ANY | {
    f"{_ROLE}.ReadManifestsInAnyRevision": _of_an_older_manifest,
    f"{_ROLE}.SeeWhatWasPromotedLast": _of_what_was_promoted_last,
    f"{_ROLE}.ReadArtifactsInAnyVersion": _of_an_object,
}
"""By the statement."""
