"""A service that the deployed pipeline promotes, and what its people do with it."""

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import yaml

from sandbox.driver.pipeline import Pipeline
from sandbox.driver.registry import Registry
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, PROD, REGION, WORKLOAD_ACCOUNTS
from sandbox.stand_in.faults import Faults, pauses
from sandbox.stand_in.mailbox import Mail
from tests.end_to_end.statements import physical_id

Json = dict[str, Any]
APPROVER = "ops@example.com"
STARTER = "dev@example.com"
"""Who starts promotions by hand, and is nobody's approver."""
APPROVAL = {"approvers": [APPROVER], "expires_after": "1h"}
HALF = [{"weight": 50, "bake": "5s"}]
"""The shortest bake there is, with so much weight that a canary soon gets its first request."""
LONG = [{"weight": 50, "bake": "10m"}]
"""What ends before such a bake does was ended by something."""
STABLE: Json = {"version": "1", "weights": {}}
"""What the alias routes to after the first release, and when the second one is taken back."""

_APP = """\
import os

def handler(event, context):
    return {"said": os.environ.get("TO_SAY"), "by": "%s"}
"""


@dataclass
class Service:
    """One service. Its function and its roles are called like it; it has one alarm in each account."""

    pipeline: Pipeline
    name: str
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def alarm(self) -> str:
        return f"{self.name}-errors"

    def environment(self, name: str = "prod", **own: Any) -> Json:
        """An environment with one target, as a manifest has it."""
        account = WORKLOAD_ACCOUNTS[name]
        target = {"account": account, "region": REGION, "function": self.name, "alias": "live"}
        return {
            "name": name,
            "targets": [target | {"role": f"arn:aws:iam::{account}:role/{self.name}"}],
            "traffic": "AllAtOnce",
            **own,
        }

    def manifest(self, *environments: Json, **shared: Any) -> str:
        """A manifest; without environments, of one that shifts all traffic at once."""
        keys: Json = {
            "repository": self.name,
            "versioning": "git-sha",
            "architecture": self.pipeline.architecture,
            "configuration": {"memory_mb": 256, "timeout_seconds": 10},
            "judge": "observe",  # evidence takes minutes, and few stories are about it
        }
        return yaml.safe_dump(keys | shared | {"environments": list(environments) or [self.environment()]})

    def add(self, *environments: Json, **shared: Any) -> None:
        """Add it with a manifest of these environments."""
        self.pipeline.add_service(self.name, self.manifest(*environments, **shared), alarms=[self.alarm])

    def change(self, *environments: Json, **shared: Any) -> str:
        """Upload another manifest; its revision."""
        return self.pipeline.upload_manifest(self.name, self.manifest(*environments, **shared))

    def tag(self) -> str:
        """A tag like a commit's hash, that no service had before."""
        return hashlib.sha256(f"{self.name} {next(self._numbers)}".encode()).hexdigest()[:12]

    def app(self, what: str) -> str:
        """The source of an image that no other service has."""
        return _APP % f"{self.name} {what}"

    def push(self, tag: str | None = None) -> str:
        """Push a new image; its digest."""
        tag = tag or self.tag()
        return self.pipeline.push(self.name, tag, self.app(tag))

    def push_labelled(self, tag: str) -> str:
        """Push a new image that says that it comes from a commit that is called like its tag; its digest."""
        labels = {
            "org.opencontainers.image.source": f"git@github.com:acme/{self.name}.git",
            "org.opencontainers.image.revision": tag,
            "dev.gantry.run": f"https://github.com/acme/{self.name}/actions/runs/7",
        }
        return self.registry.push(self.name, tag, {"app.py": self.app(tag)}, labels=labels)

    @property
    def registry(self) -> Registry:
        return Registry(self.pipeline.stand_in.client("ecr", ASSETS))

    def promote(self) -> tuple[str, str]:
        """Push a new image; its digest, and the promotion that this started."""
        digest = self.push()
        return digest, self.pipeline.promotion_of(digest)

    def release(self) -> str:
        """Push a new image and wait until it is live everywhere; its digest."""
        digest, promotion = self.promote()
        self.succeeds(promotion)
        return digest

    def start(self, **keys: Any) -> str:
        """Start a promotion by hand; the execution."""
        return self.pipeline.start("Promotion", {"repository": self.name, "started_by": STARTER, **keys})

    def roll_back(self, environment: str = "prod", **wish: Any) -> str:
        """Start the rollback machine; the execution."""
        return self.pipeline.start("Rollback", {"service": self.name, "environment": environment, **wish})

    def succeeds(self, execution: str) -> Json:
        """Wait for the end, which must be a good one; the output."""
        ended = self.pipeline.wait(execution)
        assert ended["status"] == "SUCCEEDED", ended
        output: Json = json.loads(ended["output"])
        return output

    def fails(self, execution: str) -> Json:
        """Wait for the end, which must be a failure; how DescribeExecution tells of it, with a readable cause."""
        ended = self.pipeline.wait(execution)
        assert ended["status"] == "FAILED", ended
        with suppress(ValueError, KeyError):  # a function's error, of which the cause is an object
            ended["cause"] = json.loads(ended["cause"])["errorMessage"]
        return ended

    def deployment(self, promotion: str) -> str:
        """The first deployment that a promotion has started, as soon as it has."""
        return eventually(
            f"a deployment of {promotion}", lambda: next(iter(self.pipeline.deployments_of(promotion)), None)
        )

    def bakes(self) -> tuple[str, str, str]:
        """Push a new image whose canary bakes; its digest, its promotion and the deployment."""
        digest, promotion = self.promote()
        return digest, promotion, self.baking(promotion)

    def baking(self, promotion: str, seconds: float = 60) -> str:
        """The first deployment of a promotion, once its bake is registered: the bake's function has answered."""
        deployment = self.deployment(promotion)

        def is_registered() -> bool | None:
            events = self.pipeline.history(deployment)
            entered = [event.get("stateEnteredEventDetails", {}).get("name") for event in events]
            if "Bake" not in entered:
                return None
            since = events[entered.index("Bake") :]
            return True if "TaskSubmitted" in [event["type"] for event in since] else None

        eventually("a bake", is_registered, seconds)
        return deployment

    def stop(self, execution: str) -> None:
        """Stop an execution as a person does from the console."""
        self.pipeline.stand_in.client("stepfunctions", ASSETS).stop_execution(executionArn=execution)

    @contextmanager
    def held_up(self, function: str) -> Iterator[Callable[[], int]]:
        """Hold back the next answer of one of the pipeline's functions about this service until the block ends.

        Gives what waits until that function is invoked.
        """
        faults, about = Faults(self.pipeline.stand_in), f'"{self.name}"'
        name = physical_id(self.pipeline.stand_in, "gantry", ASSETS, f"{function}Function")
        faults.inject(name, pauses(60), about, times=1)
        try:
            yield lambda: eventually(f"{function} for {self.name}", lambda: faults.hits(about) or None)
        finally:
            faults.clear(about)

    def asked(self, tag_or_digest: str) -> Mail:
        """The mail that asks about a release."""
        return self.pipeline.mail_to(APPROVER, tag_or_digest)

    def canary(self, version: str = "2", account: str = PROD) -> Json:
        """The routing once this version is a canary."""

        def split() -> Json | None:
            routing = self.pipeline.routing(account, self.name)
            return routing if version in routing["weights"] else None

        return eventually(f"a canary of {self.name}", split)

    def use(self, version: str, account: str = PROD) -> None:
        """Send requests through the alias until this version has served one."""
        eventually(
            f"a request that version {version} serves",
            lambda: True if self.pipeline.invoke(account, self.name)["version"] == version else None,
        )

    def raise_alarm(self, account: str = PROD) -> float:
        """Let the alarm change to ALARM; when, by the monotonic clock."""
        self.pipeline.stand_in.client("cloudwatch", account).set_alarm_state(
            AlarmName=self.alarm, StateValue="ALARM", StateReason="a test says so"
        )
        return time.monotonic()

    def routing(self, account: str = PROD) -> Json:
        return self.pipeline.routing(account, self.name)

    def running(self, version: str, account: str = PROD) -> str:
        """The digest of the image that Lambda runs as a version."""
        found = self.pipeline.stand_in.client("lambda", account).get_function(FunctionName=self.name, Qualifier=version)
        return str(found["Code"]["ResolvedImageUri"].partition("@")[2])

    def versions(self, account: str = PROD) -> list[str]:
        """The versions that were published, oldest first; none when there is no function."""
        client = self.pipeline.stand_in.client("lambda", account)
        try:
            found = client.list_versions_by_function(FunctionName=self.name)["Versions"]
        except client.exceptions.ResourceNotFoundException:
            return []
        return [each["Version"] for each in found if each["Version"] != "$LATEST"]

    def target_id(self, account: str = PROD) -> str:
        """What the ledger calls the target."""
        return f"{account}/{REGION}/{self.name}/live"

    def line(self, account: str = PROD) -> Json:
        """The lease on the target, whether somebody holds it or not, with those who wait for it."""
        return next(each for each in self.pipeline.ledger("lease") if each["sk"] == self.target_id(account))

    def lease(self, account: str = PROD) -> Json | None:
        """Who may change the target; None when nobody does."""
        holder: Json | None = self.line(account).get("holder")
        return holder

    def waiting(self, account: str = PROD) -> list[str]:
        """The executions that wait for the lease."""
        return [each["owner"] for each in self.line(account)["waiting"]]

    def history(self, kind: str) -> list[Json]:
        """What the ledger tells of one kind of event, oldest first."""
        found = [*self.pipeline.ledger(f"service#{self.name}"), *self.decisions]
        return [each for each in found if each["sk"].startswith("history#") and each["kind"] == kind]

    @property
    def decisions(self) -> list[Json]:
        """The decided approvals, oldest first."""
        return self.pipeline.ledger(f"approvals#{self.name}")

    def alias_updates(self, account: str = PROD) -> int:
        """How many UpdateAlias calls of the function CloudTrail has."""
        client = self.pipeline.stand_in.client("cloudtrail", account)
        lookup = [{"AttributeKey": "ResourceName", "AttributeValue": self.name}]
        pages = client.get_paginator("lookup_events").paginate(LookupAttributes=lookup)
        return sum(event["EventName"] == "UpdateAlias" for page in pages for event in page["Events"])


NewService = Callable[[], Service]
