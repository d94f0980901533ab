"""Images are replicated to other regions.

Restores: PutReplicationConfiguration, and DescribeRegistry with what was put; an image that is pushed afterwards, to a
repository that a rule covers, is in the other region a little later, and DescribeImageReplicationStatus says how far it
is. A repository that is not there is created, without a policy. The stand-in takes 400 seconds, times its time scale.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageReplicationStatus.html
"""

import copy
import json
import threading
from http import HTTPStatus
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import ecr

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.scope import in_scope
from sandbox.stand_in.settings import Settings

Place = tuple[str, str]
"""A region, and the account whose registry is meant there."""

_TAKES_SECONDS = 400
_configurations: dict[tuple[str, str], Json] = {}
_statuses: dict[tuple[str, str, str, str], dict[Place, str]] = {}
"""By account, region, repository and digest: the status in each other region and registry."""


def apply(settings: Settings) -> None:
    """Add the two calls, and copy what is pushed."""

    def replicated(original: Original, data: Json) -> Response:
        answer: Response = original(data)
        if answer[0] == HTTPStatus.OK:
            digest = json.loads(answer[2])["image"]["imageId"]["imageDigest"]
            _replicate(data["repositoryName"], digest, _TAKES_SECONDS * settings.time_scale)
        return answer

    put_in_front(ecr, "_put_image", replicated)
    put_in_front(ecr, "_describe_registry", _describe_registry)
    put_in_front(ecr, "handle_request", _handle)


async def _handle(original: Original, *request: Any) -> Response:  # noqa: ANN401 -- as the service takes it
    _method, _path, headers, body, _query = request
    match headers.get("x-amz-target", "").rpartition(".")[2]:
        case "PutReplicationConfiguration":
            wanted = json.loads(body)["replicationConfiguration"]
            _configurations[get_account_id(), get_region()] = wanted
            return json_response({"replicationConfiguration": wanted})
        case "DescribeImageReplicationStatus":
            return _describe_status(json.loads(body))
    answer: Response = await original(*request)
    return answer


def _describe_registry(_original: Original, _data: Json) -> Response:
    found = _configurations.get((get_account_id(), get_region()), {"rules": []})
    return json_response({"registryId": get_account_id(), "replicationConfiguration": found})


def _describe_status(data: Json) -> Response:
    repository = data["repositoryName"]
    if repository not in ecr._repositories:
        message = f"The repository with name '{repository}' does not exist"
        return error_response_json("RepositoryNotFoundException", message, 400)
    image = ecr._find_image(repository, data["imageId"])
    if image is None:
        return error_response_json("ImageNotFoundException", f"The image {data['imageId']} does not exist", 400)
    found = _statuses.get((get_account_id(), get_region(), repository, image["imageDigest"]), {})
    statuses = [{"region": region, "registryId": to, "status": status} for (region, to), status in found.items()]
    return json_response({"repositoryName": repository, "imageId": data["imageId"], "replicationStatuses": statuses})


def _replicate(repository: str, digest: str, seconds: float) -> None:
    account, home = get_account_id(), get_region()
    for rule in _configurations.get((account, home), {"rules": []})["rules"]:
        prefixes = [each["filter"] for each in rule.get("repositoryFilters", [])] or [""]
        if repository.startswith(tuple(prefixes)):
            for each in rule["destinations"]:
                to = (each["region"], each["registryId"])
                found = _statuses.setdefault((account, home, repository, digest), {})
                found[to] = "IN_PROGRESS"
                image = copy.deepcopy(ecr._find_image(repository, {"imageDigest": digest}))
                blobs = dict(ecr._layer_blobs.get(repository) or {})
                timer = threading.Timer(seconds, _arrive, (to, repository, image, blobs, found))
                timer.daemon = True
                timer.start()


def _arrive(to: Place, repository: str, image: Json, blobs: Json, found: dict[Place, str]) -> None:
    region, registry = to

    def put() -> None:
        if repository not in ecr._repositories:
            ecr._create_repository({"repositoryName": repository})
        ecr._layer_blobs.setdefault(repository, {}).update(blobs)
        if ecr._find_image(repository, {"imageDigest": image["imageDigest"]}) is None:
            ecr._images[repository].append(image | {"registryId": registry})
        found[to] = "COMPLETE"

    in_scope(registry, region, put)
