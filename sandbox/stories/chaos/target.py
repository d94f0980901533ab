"""The target of one case: what is deployed to it, which faults hit it, and what became of it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.registry import Registry
from sandbox.driver.waiting import NotSeenError, eventually
from sandbox.stand_in.accounts import ASSETS, PROD, REGION
from sandbox.stand_in.faults import Faults
from sandbox.stories.chaos.cases import Case
from sandbox.stories.chaos.machines import Starter, tasks

REPOSITORY = "cowsay-chaos"
CASE_SECONDS = 240
_SECOND_NOTICE_SECONDS = 2
"""How long to wait for a notification too many. The repair would send it, after everything else."""
_APP = "def handler(event, context):\n    return {'case': %r}\n"

Json = dict[str, Any]


@dataclass
class Target:
    """A function of its own, of a service of its own, so that cases do not disturb each other."""

    name: str
    pipeline: Pipeline
    people: Inbox
    starter: Starter

    @cached_property
    def faults(self) -> Faults:
        """The faults of the stand-in."""
        return Faults(self.pipeline.stand_in)

    @cached_property
    def functions(self) -> Mapping[str, str]:
        """The names of the Lambda functions behind the tasks, by state."""
        return {task.state: task.function for task in tasks(self.pipeline)}

    def release(self, *versions: str) -> None:
        """Deploy these versions one after the other, without faults."""
        for version in versions:
            ended = self.pipeline.wait(self.start_deployment(version), CASE_SECONDS)
            if ended["status"] != "SUCCEEDED":
                raise NotSeenError(f"version {version} was not released: {ended.get('cause')}")

    def inject(self, case: Case) -> None:
        """Let the case's fault hit its task."""
        fault, times = case.injected
        self.faults.inject(case.task.function, fault, self.name, times)

    def start_deployment(self, version: str, bake_seconds: int = 0, seconds: int | None = None) -> str:
        """Deploy an image that no other case has; without a bake time, all at once."""
        ecr = Registry(self.pipeline.stand_in.client("ecr", ASSETS))
        digest = ecr.push(REPOSITORY, None, {"app.py": _APP % f"{self.name} {version}"})
        role = f"arn:aws:iam::{PROD}:role/{self.name}"
        target = {
            "kind": "lambda",
            "account": PROD,
            "region": REGION,
            "name": f"{self.name}/live",
            "arn": f"arn:aws:lambda:{REGION}:{PROD}:function:{self.name}:live",
            "settings": {"role": role},
        }
        artifact = {"kind": "container_image", "digest": digest, "location": REPOSITORY}
        value = {
            "release": {"service": self.name, "artifact": artifact, "manifest_revision": version, "tag": version},
            "environment": "prod",
            "target": target,
            "architecture": self.pipeline.architecture,
            "configuration": {"memory_mb": 256, "timeout_seconds": 10, "environment": {}},
            "plan": [{"weight": 50, "bake_seconds": bake_seconds}] if bake_seconds else [],
            "alarms": [],
            "minimum_requests": 0,
        }
        return self.starter.start("Deployment", value, seconds)

    def stop_if_asked(self, case: Case, execution: str) -> None:
        """Stop the execution while the task's answer is held back, if that is the case's fault."""
        if case.fault == "stopped":
            eventually("a task that has done its work", lambda: self.faults.held(self.name) or None, CASE_SECONDS)
            sfn = self.pipeline.stand_in.client("stepfunctions", ASSETS)
            sfn.stop_execution(executionArn=execution, error="Operator", cause="somebody pressed Stop execution")

    def routing(self) -> str:
        """What the alias routes to, for people."""
        found = self.pipeline.routing(PROD, self.name)
        return str(found["version"]) + "".join(f" and {version}" for version in found["weights"])

    def settled(self, execution: str, version: str, *, is_notified: bool) -> tuple[str, ...]:
        """Wait as long as the repair may take, and return what is still wrong then."""
        checks: Mapping[str, Callable[[], bool]] = {
            f"the alias does not route to version {version}": lambda: self.routing() == version,
            "the lease is held or waited for": self._is_free,
            "the ledger and the alias disagree": lambda: self._live() == self.routing(),
            "the team was not notified": lambda: not is_notified or bool(self._notifications(execution)),
        }
        deadline = time.monotonic() + CASE_SECONDS / 2
        while (broken := [what for what, holds in checks.items() if not holds()]) and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(_SECOND_NOTICE_SECONDS)
        sent = len(self._notifications(execution))
        return (*broken, *([f"the team was notified {sent} times"] if sent > is_notified else []))

    def _is_free(self) -> bool:
        (lease,) = [item for item in self.pipeline.ledger("lease") if item["sk"].split("/")[2] == self.name]
        return not ({"holder"} & lease.keys() or lease["waiting"] or lease["to_notify"])

    def _live(self) -> str:
        items = self.pipeline.ledger(f"service#{self.name}")
        (live,) = [item for item in items if item["sk"].startswith("live#prod#")]
        return str(live["current"]["revision"])

    def _notifications(self, execution: str) -> list[Json]:
        return self.people.all(lambda message: f"Execution: {execution}" in message["Message"])
