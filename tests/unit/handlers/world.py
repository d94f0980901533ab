"""Everything that happens at one target: executions, events, people and time, one call to AWS at a time."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

from gantry.promotion.messages import Message
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso, moment
from gantry.targets.lambda_alias.kind import LambdaAliasKind
from gantry.targets.lambda_alias.packages import ImagePackage
from gantry.targets.registry import RegisteredKinds
from gantry.use_cases.services import Services
from tests.unit.handlers.fakes import FakePolicyFile
from tests.unit.handlers.machines import StepFunctions
from tests.unit.handlers.memory_table import MemoryTable
from tests.unit.handlers.payloads import TARGET, deployment_input, target_input
from tests.unit.handlers.runs import Run
from tests.unit.handlers.suspended import Invocation, suspend
from tests.unit.handlers.suspended_workload import Alarms, Alias, Evidence, Function, WatchedLeases
from tests.unit.masked import MASKING

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
DEPLOYMENT_INPUT = deployment_input(judge={"max_bake_seconds": 1, "bake_after_seconds": 0})
"""A canary is looked at once in each step: the clock goes on by a second whenever somebody looks at it."""
TRIES = 3
"""How often Lambda invokes what it is given asynchronously."""


class World:
    """One target, and whatever changes it."""

    def __init__(self) -> None:
        self.table = MemoryTable()
        self.alias = Alias(TARGET)
        self.function = Function(TARGET)
        self.machines = StepFunctions(self.now)
        self.machines.has_ended, self.machines.known_at_first = self._execution_has_ended, self._known_at_first
        self.services = self._services()
        self.events: list[dict[str, Any]] = []
        """What asks for a repair, until it is delivered."""
        self.lost: set[str] = set()
        """The executions whose events were never delivered."""
        self.notified: list[str] = []
        """The executions whose end people were notified of, in order."""
        self.marked: set[str] = set()
        """Those of them whose notification was marked as sent, too."""
        self.notified_again: list[str] = []
        """Those that people were notified of by somebody who began after that was marked."""
        self._clock = count(1)

    def now(self) -> str:
        return iso(BEGINNING + timedelta(seconds=next(self._clock)))

    def _services(self) -> Services:
        """All adapters that keep something keep it in the table."""
        with_fakes: Any = LambdaAliasKind
        there = with_fakes(
            lambda _: self.alias,
            lambda _: self.function,
            lambda _: Evidence(),
            lambda *_: self.function,
            lambda deployment: ImagePackage(deployment.release.artifact, "111111111111", deployment.target.region),
            lambda _: self.function,
        )
        made = Services({})
        vars(made).update(
            _table=self.table,
            leases=WatchedLeases(cast("Any", self.table)),
            kinds=RegisteredKinds({"lambda": lambda: there}),
            alarms=lambda _: Alarms(),
            executions=self.machines,
            images_in=lambda _: SimpleNamespace(has=lambda _: True),
            policy_file=FakePolicyFile(),
            masking=MASKING,
            events=SimpleNamespace(publish=lambda _: None),
            topic=SimpleNamespace(publish=self._notify),
            repairs=SimpleNamespace(ask_for=self._ask_for_repair),
        )
        return made

    def _ask_for_repair(self, target: Target) -> None:
        suspend("asking for a repair")
        self.events.append({"target": target.id})

    def _notify(self, message: Message) -> None:
        suspend("notifying people")
        execution, sender = message.text.rpartition("Execution: ")[2].partition("\n")[0], Invocation.current
        assert sender
        if execution in sender.about["marked"]:
            self.notified_again.append(execution)
        self.notified.append(execution)
        sender.about["notified"] = execution

    def _known_at_first(self) -> dict[str, Any]:
        return {"event": None, "marked": frozenset(self.marked), "notified": None}

    def _execution_has_ended(self, run: Run) -> None:
        """https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
        if run.status == "SUCCEEDED":
            return
        detail = {
            "executionArn": run.arn,
            "status": run.status,
            "stopDate": round(moment(run.ended_at).timestamp() * 1000),
            "input": json.dumps(run.input),
            "error": run.error,
            "cause": run.cause,
            "redriveCount": 0,
        }
        self.events.append({"detail": detail})

    # What people and time do.

    def deploy(self, release: Mapping[str, Any], started_at: str, health: str, **more: Any) -> Run:
        """A promotion starts a deployment."""
        given = DEPLOYMENT_INPUT | {"release": dict(release), "promotion_started_at": started_at} | more
        given["target"] = target_input(self.function.target)
        return self.machines.start("deployment", given, health)

    def roll_back(self, **named: str) -> Run:
        """A person starts a rollback."""
        return self.machines.start("rollback", {"service": "cowsay", "environment": "prod"} | named)

    def repair(self, event: dict[str, Any]) -> Invocation:
        """EventBridge, the schedule, or a waiting deployment invokes the repair."""
        invocation = self.machines.repair({name: each for name, each in event.items() if name != "tries"})
        invocation.about["event"] = event
        return invocation

    def step(self, who: Run | Invocation) -> None:
        """The next call that it makes, or the next task that it begins."""
        if isinstance(who, Run):
            self.machines.step(who)
        else:
            self.machines.go_on(who)
        for each in [each for each in self.machines.abandoned if each.is_over]:  # also one that has answered its task
            self.machines.abandoned.remove(each)
            self.machines.note_unexpected(each)
            if each.error and each.about["event"]:
                self._come_again(each.about["event"])
        invocation = who.invocation if isinstance(who, Run) else who
        if invocation and invocation.about["notified"] and (invocation.is_over or invocation.at != "writing notified"):
            self.marked.add(invocation.about["notified"])

    def die(self, who: Run | Invocation, *, for_good: bool) -> None:
        """The function that it runs in dies; for good when all further tries do."""
        if isinstance(who, Run):
            self.machines.die(who, for_good=for_good)
            return
        self.machines.log.append(f"{who.about['state']} dies before {who.at}")
        who.die()
        self.machines.abandoned.remove(who)
        if event := who.about["event"]:
            self.lose(event) if for_good else self._come_again(event)

    def under_way(self) -> list[Invocation]:
        """Everything that is suspended somewhere."""
        runs = self.machines.executions.values()
        return [*self.machines.abandoned, *(each.invocation for each in runs if each.invocation)]

    def finish(self) -> None:
        """End all threads."""
        for each in self.under_way():
            each.die()

    def _come_again(self, event: dict[str, Any]) -> None:
        tries = event.get("tries", 1)
        if tries < TRIES:
            self.events.append(event | {"tries": tries + 1})
        else:
            self.lose(event)

    def lose(self, event: dict[str, Any]) -> None:
        """This one notifies nobody; what held no lease is found by nobody else."""
        self.lost.add(event.get("detail", {}).get("executionArn", ""))
