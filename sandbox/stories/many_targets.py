"""How long a rollback of many targets takes while one of them hangs."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sandbox.driver.deployment_input import deployment_input, lambda_target
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.registry import Registry
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, PROD, WORKLOAD_ACCOUNTS
from sandbox.stories.chaos.machines import tasks

SERVICE = "cowsay-wide"
_REGIONS = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
]
_PLACES = [(account, region) for account in WORKLOAD_ACCOUNTS.values() for region in _REGIONS][-40:]
TARGETS = len(_PLACES)
_HANGS = (PROD, "eu-west-1")
_AT_A_TIME = 8
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class WideRollback:
    """What a rollback of all targets did."""

    back_after: float
    """Seconds from its start until all targets were back, except the one that hangs."""
    ended_after: float
    """Seconds until its end, with the hanging target told as not done."""
    deadline: float
    """Seconds after which the first try of its first function has to answer, at the latest."""


def roll_back_many(pipeline: Pipeline) -> WideRollback:
    """Release two versions to all targets, let one region of an account hang, and roll back."""
    _add_service(pipeline)
    for version in ("1", "2"):
        _release(pipeline, version)
    with pipeline.hanging(*_HANGS):
        began = time.monotonic()
        execution = pipeline.start("Rollback", {"service": SERVICE, "environment": "prod"})
        left = [place for place in _PLACES if place != _HANGS]
        eventually("version 1 on all that answer", lambda: _are_back(pipeline, left), _SECONDS)
        back_after = time.monotonic() - began
        ended = pipeline.wait(execution, _SECONDS)
        ended_after = time.monotonic() - began
    if ended["status"] != "FAILED" or "/".join(_HANGS) not in ended["cause"]:
        raise RuntimeError(f"the rollback did not tell which target hangs: {ended}")
    return WideRollback(back_after, ended_after, _deadline(pipeline))


def _add_service(pipeline: Pipeline) -> None:
    for account in WORKLOAD_ACCOUNTS.values():
        pipeline.add_role(SERVICE, account)
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        list(pool.map(lambda region: pipeline.add_repository(SERVICE, region), _REGIONS))


def _release(pipeline: Pipeline, version: str) -> None:
    """Deploy to all targets at once. A promotion would deploy to one after the other."""
    files = {"app.py": f"def handler(event, context):\n    return {version}\n"}

    def deploy(place: tuple[str, str]) -> None:
        account, region = place
        digest = Registry(pipeline.stand_in.client("ecr", ASSETS, region)).push(SERVICE, None, files)
        target = lambda_target(account, region, SERVICE, SERVICE)
        ended = pipeline.wait(
            pipeline.start("Deployment", deployment_input(SERVICE, digest, version, target)), _SECONDS
        )
        if ended["status"] != "SUCCEEDED":
            raise RuntimeError(f"version {version} was not deployed to {account}, {region}: {ended.get('cause')}")

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        list(pool.map(deploy, _PLACES))


def _are_back(pipeline: Pipeline, left: list[tuple[str, str]]) -> bool | None:
    """Take out of `left` what is back."""
    while left:
        account, region = left[-1]
        if pipeline.routing(account, SERVICE, region=region) != {"version": "1", "weights": {}}:
            return None
        left.pop()
    return True


def _deadline(pipeline: Pipeline) -> float:
    function = next(task.function for task in tasks(pipeline) if task.state == "RestoreVersion")
    found = pipeline.stand_in.client("lambda", ASSETS).get_function_configuration(FunctionName=function)
    return float(found["Timeout"])
