"""The target of one case: what is deployed to it, which faults hit it, and what became of it."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sandbox.driver.deployment_input import deployment_input
from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import NotSeenError
from sandbox.stand_in.accounts import PROD, REGION
from sandbox.stand_in.faults import Faults
from sandbox.stories.chaos.machines import Starter, tasks

CASE_SECONDS = 240
ELSEWHERE = "eu-west-1"
"""The other region that has targets."""
_SECOND_NOTICE_SECONDS = 2
"""How long to wait for a notification too many. The repair would send it, after everything else."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pushed:
    """A version that was pushed, as a deployment's input has it."""

    digest: str
    target: Json
    others: Json = field(default_factory=dict)
    """What else this kind needs, by the input's keys."""
    version_id: str | None = None
    """Of an object; an image has none."""


@dataclass
class Target(ABC):
    """A target of its own, of a service of its own, so that cases do not disturb each other.

    A subclass says what a kind needs. Versions are numbers from 1 on, for each kind.
    """

    name: str
    """Part of the service's name, and so of what each of the pipeline's functions is invoked with."""
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
        return f"{PROD}/{self.region}/{self.target_name}"

    @property
    @abstractmethod
    def service(self) -> str:
        """The service's name."""

    @property
    @abstractmethod
    def target_name(self) -> str:
        """The target's name within its account and region."""

    @abstractmethod
    def make(self) -> None:
        """Make what has to be there before the first deployment."""

    @abstractmethod
    def push(self, version: str) -> Pushed:
        """Push an artifact that no other case has."""

    @abstractmethod
    def revisions(self) -> list[str]:
        """Return the revisions that get traffic, as the service itself says; the stable one first."""

    @abstractmethod
    def version_of(self, revision: str) -> str:
        """Return which version a revision is."""

    def left_behind(self) -> tuple[str, ...]:
        """Return what is wrong with the target besides its traffic. Most kinds can leave nothing."""
        return ()

    def release(self, *versions: str) -> None:
        """Deploy these versions one after the other, without faults."""
        for version in versions:
            ended = self.pipeline.wait(self.start_deployment(version), CASE_SECONDS)
            if ended["status"] != "SUCCEEDED":
                raise NotSeenError(f"version {version} was not released: {ended.get('cause')}")

    def start_deployment(self, version: str, bake_seconds: int = 0, seconds: int | None = None) -> str:
        """Deploy a version; without a bake time, all at once."""
        pushed = self.push(version)
        plan = [{"weight": 50, "bake_seconds": bake_seconds}] if bake_seconds else []
        value = deployment_input(self.service, pushed.digest, version, pushed.target, plan) | pushed.others
        if pushed.version_id:
            location = self.service.removeprefix("s3/")
            value["release"]["artifact"] |= {"kind": "s3_object", "location": location, "version": pushed.version_id}
        return self.starter.start("Deployment", value, seconds)

    def routing(self) -> str:
        """Which versions get traffic, for people."""
        return " and ".join(self.version_of(each) for each in self.revisions())

    def settled(self, execution: str, version: str, *, is_notified: bool) -> tuple[str, ...]:
        """Wait as long as the repair may take, and return what is still wrong then."""
        checks: Mapping[str, Callable[[], bool]] = {
            f"the traffic does not go to version {version}": lambda: self.routing() == version,
            "the lease is held or waited for": self.is_free,
            "the ledger and the target disagree": lambda: [self._live()] == self.revisions(),
            "the team was not notified": lambda: not is_notified or bool(self.notifications(execution)),
        }
        deadline = time.monotonic() + CASE_SECONDS / 2

        def found() -> list[str]:
            return [what for what, holds in checks.items() if not holds()] or [*self.left_behind()]

        while (broken := found()) and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(_SECOND_NOTICE_SECONDS)
        sent = len(self.notifications(execution))
        return (*broken, *([f"the team was notified {sent} times"] if sent > is_notified else []))

    def is_free(self) -> bool:
        """Whether nobody holds the lease or waits for it, and nobody is still to be told."""
        (lease,) = [item for item in self.pipeline.ledger("lease") if item["sk"] == self.id]
        return not ({"holder"} & lease.keys() or lease["waiting"] or lease["to_notify"])

    def _live(self) -> str:
        """Return the revision that the ledger calls live; nothing where it does not know the target yet."""
        items = self.pipeline.ledger(f"service#{self.service}")
        (live,) = [item for item in items if item["sk"] == f"live#prod#{self.id}"]
        return str(live["current"]["revision"])

    def notifications(self, execution: str) -> list[Json]:
        """Return what the team was notified of about an execution."""
        return self.people.all(lambda message: f"Execution: {execution}" in message["Message"])
