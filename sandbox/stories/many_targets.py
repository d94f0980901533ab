"""A service with many targets: how it is promoted, and how long a rollback takes while one of them hangs."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import yaml

from sandbox.driver.pipeline import Pipeline
from sandbox.driver.registry import Registry
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, PROD, REGION, WORKLOAD_ACCOUNTS
from sandbox.stories.chaos.machines import tasks

_REGIONS = [
    REGION,
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
Place = tuple[str, str]
"""An account and a region."""
PLACES: list[Place] = [(account, region) for account in WORKLOAD_ACCOUNTS.values() for region in _REGIONS][-40:]
_HANGS = (PROD, "eu-west-1")
_AT_A_TIME = 8
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class WideRollback:
    """What a rollback of all targets did."""

    execution: str
    back_after: float
    """Seconds from its start until all targets were back, except the one that hangs."""
    ended_after: float
    """Seconds until its end, with the hanging target told as not done."""
    deadline: float
    """Seconds after which the first try of its first function has to answer, at the latest."""


@dataclass(frozen=True, slots=True)
class WideService:
    """A service with one environment, in many places."""

    pipeline: Pipeline
    name: str
    places: Sequence[Place]

    def add(self) -> None:
        """Add it, with a repository in each of its regions. All traffic moves at once."""
        for account in WORKLOAD_ACCOUNTS.values():
            self.pipeline.add_role(self.name, account)
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            list(pool.map(lambda region: self.pipeline.add_repository(self.name, region), {REGION, *self._elsewhere}))
        environment = {"name": "prod", "targets": [self._target(*each) for each in self.places], "traffic": "AllAtOnce"}
        manifest = {
            "repository": self.name,
            "versioning": "git-sha",
            "architecture": self.pipeline.architecture,
            "environments": [environment],
        }
        self.pipeline.upload_manifest(self.name, yaml.safe_dump(manifest))

    def release(self, tag: str) -> str:
        """Promote an image to all places, and return the promotion."""
        # A promotion is found by its digest, which no other service must have.
        files = {"app.py": f"def handler(event, context):\n    return {f'{self.name} {tag}'!r}\n"}
        for region in self._elsewhere:  # what ECR's replication would do
            Registry(self.pipeline.stand_in.client("ecr", ASSETS, region)).push(self.name, None, files)
        promotion = self.pipeline.promotion_of(self.pipeline.push(self.name, tag, files["app.py"]))
        ended = self.pipeline.wait(promotion, _SECONDS)
        if ended["status"] != "SUCCEEDED":
            raise RuntimeError(f"{tag} was not promoted to {len(self.places)} targets: {ended.get('cause')}")
        return promotion

    def roll_back(self) -> WideRollback:
        """Roll back to the first of two releases while one region of an account hangs."""
        with self.pipeline.hanging(*_HANGS):
            began = time.monotonic()
            execution = self.pipeline.start("Rollback", {"service": self.name, "environment": "prod"})
            left = [place for place in self.places if place != _HANGS]
            eventually("version 1 on all that answer", lambda: self._are_back(left), _SECONDS)
            back_after = time.monotonic() - began
            ended = self.pipeline.wait(execution, _SECONDS)
            ended_after = time.monotonic() - began
        if ended["status"] != "FAILED" or "/".join(_HANGS) not in ended["cause"]:
            raise RuntimeError(f"the rollback did not tell which target hangs: {ended}")
        return WideRollback(execution, back_after, ended_after, self._deadline())

    @property
    def _elsewhere(self) -> list[str]:
        return sorted({region for _, region in self.places} - {REGION})

    def _target(self, account: str, region: str) -> dict[str, str]:
        role = f"arn:aws:iam::{account}:role/{self.name}"
        return {"account": account, "region": region, "function": self.name, "alias": "live", "role": role}

    def _are_back(self, left: list[Place]) -> bool | None:
        """Take out of `left` what is back."""
        while left:
            account, region = left[-1]
            if self.pipeline.routing(account, self.name, region=region) != {"version": "1", "weights": {}}:
                return None
            left.pop()
        return True

    def _deadline(self) -> float:
        function = next(task.function for task in tasks(self.pipeline) if task.state == "RestoreVersion")
        found = self.pipeline.stand_in.client("lambda", ASSETS).get_function_configuration(FunctionName=function)
        return float(found["Timeout"])
