"""What each deployment of a service brings.

Restores: a service revision keeps what the service was when the deployment began, with the digests that the image tags
had then, and the target group that its tasks are in. The target groups of a service with an `advancedConfiguration`
swap with every deployment.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-revision.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
"""

import itertools
import time

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import ecs

from sandbox.stand_in.repairs.functions.image_source import digest_at
from sandbox.stand_in.repairs.replacing import Json

_revisions = AccountRegionScopedDict()
_COPIED = (
    "serviceArn",
    "clusterArn",
    "taskDefinition",
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "platformFamily",
    "loadBalancers",
    "serviceRegistries",
    "networkConfiguration",
)
_numbers = itertools.count(int(time.time()) * 1_000_000_000)


def arn_within(service: Json, kind: str, number: str) -> str:
    """Return the ARN of something that belongs to a service."""
    cluster = service["clusterArn"].rsplit("/", 1)[-1]
    return f"arn:aws:ecs:{get_region()}:{get_account_id()}:{kind}/{cluster}/{service['serviceName']}/{number}"


def make_revision(service: Json, live: str | None, *, swaps: bool) -> str:
    """Keep what the service is now; return the ARN.

    `live` is the revision whose target groups are taken. A deployment that does not swap stays in them.
    """
    arn = arn_within(service, "service-revision", str(next(_numbers)))
    copied = {name: service[name] for name in _COPIED if service.get(name)}
    _revisions[arn] = {
        "serviceRevisionArn": arn,
        **copied,
        "containerImages": [_image(each) for each in task_definition_of(copied)["containerDefinitions"]],
        "resolvedConfiguration": {"loadBalancers": _resolved(service, live, swaps=swaps)},
        "createdAt": time.time(),
    }
    return arn


def revision(arn: str) -> Json:
    """Return a revision as DescribeServiceRevisions shows it."""
    found: Json = _revisions[arn]
    return found


def known_revisions(arns: list[str]) -> dict[str, Json]:
    """Return those of the revisions that there are."""
    return {arn: _revisions[arn] for arn in arns if arn in _revisions}


def task_definition_of(revision: Json) -> Json:
    """Return a revision's task definition, as ECS keeps it."""
    found: Json = ecs._task_defs[ecs._resolve_td_key(revision["taskDefinition"])]
    return found


def target_groups(revision: Json) -> dict[str, str]:
    """Return the rules of listeners that lead to a revision, and its target group at each; without rules, none."""
    resolved = revision["resolvedConfiguration"]["loadBalancers"]
    return {each["productionListenerRule"]: each["targetGroupArn"] for each in resolved if len(each) > 1}


def _image(container: Json) -> Json:
    digest = digest_at(container["image"])
    found = {"imageDigest": digest} if digest else {}
    return {"containerName": container["name"], "image": container["image"], **found}


def _resolved(service: Json, live: str | None, *, swaps: bool) -> list[Json]:
    there = revision(live)["resolvedConfiguration"]["loadBalancers"] if live else []
    taken = {each["targetGroupArn"] for each in there}
    resolved = []
    for balancer in service.get("loadBalancers") or []:
        own, advanced = balancer.get("targetGroupArn"), balancer.get("advancedConfiguration")
        if not advanced:
            resolved.append({"targetGroupArn": own})
            continue
        pair = own, advanced["alternateTargetGroupArn"]
        group = next((each for each in pair if (each in taken) != swaps), own)
        resolved.append({"targetGroupArn": group, "productionListenerRule": advanced["productionListenerRule"]})
    return resolved
