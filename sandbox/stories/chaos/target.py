"""The target of one case: what is deployed to it, which faults hit it, and what became of it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.driver.deployment_input import deployment_input, lambda_target
from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.registry import Registry
from sandbox.driver.waiting import NotSeenError
from sandbox.stand_in.accounts import ASSETS, PROD, REGION
from sandbox.stand_in.faults import Faults
from sandbox.stories.chaos.machines import Starter, tasks

CASE_SECONDS = 240
_SECOND_NOTICE_SECONDS = 2
"""How long to wait for a notification too many. The repair would send it, after everything else."""
_CHECKS = {"before_traffic": [{"kind": "invoke", "within_seconds": 60}]}
_APP = "def handler(event, context):\n    return {'case': %r}\n"

Json = dict[str, Any]


@dataclass
class Target:
    """A function of its own, of a service of its own, so that cases do not disturb each other."""

    name: str
    pipeline: Pipeline
    people: Inbox
    starter: Starter
    region: str = REGION

    @cached_property
    def faults(self) -> Faults:
        """The faults of the stand-in."""
        return Faults(self.pipeline.stand_in)

    @cached_property
    def functions(self) -> Mapping[str, str]:
        """The names of the Lambda functions behind the tasks, by state."""
        return {task.state: task.function for task in tasks(self.pipeline)}

    @property
    def id(self) -> str:
        """Its name in the ledger."""
        return f"{PROD}/{self.region}/{self.name}/live"

    def release(self, *versions: str) -> None:
        """Deploy these versions one after the other, without faults."""
        for version in versions:
            ended = self.pipeline.wait(self.start_deployment(version), CASE_SECONDS)
            if ended["status"] != "SUCCEEDED":
                raise NotSeenError(f"version {version} was not released: {ended.get('cause')}")

    def put_to_sleep(self, version: str, wakes_after: float | None = None) -> None:
        """Let a version sleep."""
        self.pipeline.put_to_sleep(PROD, self.name, version, self.region, wakes_after)

    def fail(self, version: str) -> None:
        """Let a version lose its image, so that it can never run again."""
        self.pipeline.fail(PROD, self.name, version, self.region)

    def state(self, version: str) -> str:
        """Return Lambda's state of a version."""
        return self.pipeline.state(PROD, self.name, version, self.region)

    def start_deployment(self, version: str, bake_seconds: int = 0, seconds: int | None = None) -> str:
        """Deploy an image that no other case has; without a bake time, all at once."""
        ecr = Registry(self.pipeline.stand_in.client("ecr", ASSETS, self.region))
        digest = ecr.push(self.name, None, {"app.py": _APP % f"{self.name} {version}"})
        target = lambda_target(PROD, self.region, self.name, self.name)
        plan = [{"weight": 50, "bake_seconds": bake_seconds}] if bake_seconds else []
        value = deployment_input(self.name, digest, version, target, plan) | {"checks": _CHECKS}
        return self.starter.start("Deployment", value, seconds)

    def routing(self) -> str:
        """What the alias routes to, for people."""
        found = self.pipeline.routing(PROD, self.name, region=self.region)
        return str(found["version"]) + "".join(f" and {version}" for version in found["weights"])

    def settled(self, execution: str, version: str, *, is_notified: bool) -> tuple[str, ...]:
        """Wait as long as the repair may take, and return what is still wrong then."""
        checks: Mapping[str, Callable[[], bool]] = {
            f"the alias does not route to version {version}": lambda: self.routing() == version,
            "the lease is held or waited for": self._is_free,
            "the ledger and the alias disagree": lambda: self._live() == self.routing(),
            "the team was not notified": lambda: not is_notified or bool(self.notifications(execution)),
        }
        deadline = time.monotonic() + CASE_SECONDS / 2
        while (broken := [what for what, holds in checks.items() if not holds()]) and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(_SECOND_NOTICE_SECONDS)
        sent = len(self.notifications(execution))
        return (*broken, *([f"the team was notified {sent} times"] if sent > is_notified else []))

    def _is_free(self) -> bool:
        (lease,) = [item for item in self.pipeline.ledger("lease") if item["sk"] == self.id]
        return not ({"holder"} & lease.keys() or lease["waiting"] or lease["to_notify"])

    def _live(self) -> str:
        items = self.pipeline.ledger(f"service#{self.name}")
        (live,) = [item for item in items if item["sk"] == f"live#prod#{self.id}"]
        return str(live["current"]["revision"])

    def notifications(self, execution: str) -> list[Json]:
        """Return what the team was notified of about an execution."""
        return self.people.all(lambda message: f"Execution: {execution}" in message["Message"])
