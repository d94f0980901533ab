"""Services that the bench promotes, one after the other, so that only one's calls count."""

from typing import Any

import yaml

from sandbox.driver.cowsay import ALARM, GOOD
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS, PROD, REGION

Json = dict[str, Any]
_SECONDS = 600
BAKE_SECONDS = 5
"""The shortest bake there is."""


def steps_of(number: int) -> list[Json] | str:
    """Return the traffic of a manifest with so many steps."""
    steps = [{"weight": (index + 1) * 9, "bake": f"{BAKE_SECONDS}s"} for index in range(number)]
    return steps or "AllAtOnce"


def target(service: str, account: str = PROD, region: str = REGION) -> Json:
    """Return a target as a manifest has it."""
    role = f"arn:aws:iam::{account}:role/{service}"
    return {"account": account, "region": region, "function": service, "alias": "live", "role": role}


def add(pipeline: Pipeline, service: str, **environment: Any) -> str:  # noqa: ANN401 -- a manifest's keys
    """Add a service with one environment, and return its alarm; by default its alarm alone decides, in one target."""
    alarm = f"{service}-{ALARM}"
    own = {"name": "prod", "targets": [target(service)], "judge": "observe", "alarms": [alarm], **environment}
    manifest = {
        "repository": service,
        "versioning": "git-sha",
        "architecture": pipeline.architecture,
        "configuration": {"environment": {"TO_SAY": "hello"}},
        "environments": [own],
    }
    pipeline.add_service(service, yaml.safe_dump(manifest), [alarm])
    return alarm


def push(pipeline: Pipeline, service: str, tag: str, app: str = "", *, regions: tuple[str, ...] = ()) -> str:
    """Push an image, to the other regions first, and return the promotion that this starts."""
    app = app or GOOD % f"{service} {tag}"
    for region in regions:
        Registry(pipeline.stand_in.client("ecr", ASSETS, region)).push(service, None, {"app.py": app})
    return pipeline.promotion_of(pipeline.push(service, tag, app))


def release(pipeline: Pipeline, service: str, tag: str, *, regions: tuple[str, ...] = ()) -> str:
    """Push, wait until the version is live everywhere, and return the promotion."""
    promotion = push(pipeline, service, tag, regions=regions)
    ended = pipeline.wait(promotion, _SECONDS)
    if ended["status"] != "SUCCEEDED":
        raise RuntimeError(f"{service} {tag} was not promoted: {ended.get('cause')}")
    return promotion
