"""One target's account, and the lease on it, whose every caller is suspended before the call."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from gantry.aws.leases import Leases
from gantry.promotion.judge.alarm_facts import AlarmChange, AlarmFacts
from gantry.promotion.judge.evidence import EvidenceRequest, Minute, RevisionMinute, TargetEvidence
from gantry.promotion.lease import Lease
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.packages import DeploymentPackage
from tests.unit.handlers.fake_function import FakeFunction
from tests.unit.handlers.fakes import FakeAlias
from tests.unit.handlers.suspended import Invocation, suspend


class Alias(FakeAlias):
    """Suspends whoever reads or writes it; and whoever watches sees each write."""

    watch: Callable[[Routing], None]
    requested: Callable[[], None]
    """Called with each call to write it."""
    answered: Callable[[], None]
    """Called with each of them that was not refused."""
    is_drifting = False
    """Whether somebody else has changed it."""

    def routing(self) -> tuple[Routing, str] | None:
        suspend("reading the alias")
        return super().routing()

    def create(self, version: str) -> None:
        suspend(f"creating the alias: {version}")
        self.requested()
        super().create(version)
        self.answered()

    def update(self, routing: Routing, revision_id: str) -> Routing | None:
        suspend(f"writing the alias: {routing}")
        self.requested()
        found = super().update(routing, revision_id)
        self.answered()
        return found

    def somebody_makes_it(self, routing: Routing) -> None:
        self.is_drifting = True
        super().somebody_makes_it(routing)

    def _write(self, routing: Routing) -> None:
        super()._write(routing)
        self.watch(routing)


class Function(FakeFunction):
    """Suspends whoever changes it."""

    def create(self, package: DeploymentPackage, architecture: str, configuration: LambdaConfiguration) -> None:
        suspend("creating the function")
        super().create(package, architecture, configuration)

    def publish(self, code_sha256: str, revision_id: str, description: str) -> str:
        suspend("publishing")
        return super().publish(code_sha256, revision_id, description)

    def _write(self, what: str, state: FunctionState) -> FunctionState:
        suspend(what)
        return super()._write(what, state)


class WatchedLeases(Leases):
    """Notes the fencing number that a repair or a rollback takes; nobody sends them one."""

    def change(
        self,
        target: Target,
        change: Callable[[Lease], Lease],
        together_with: Callable[[Lease], Sequence[Any]] = lambda _: (),
        known: Lease | None = None,
    ) -> Lease:
        lease = super().change(target, change, together_with, known)
        if Invocation.current and Invocation.current.about["state"] in {"RepairTarget", "RestoreVersion"}:
            Invocation.current.about["fence"] = lease.fence
        return lease


class Alarms:
    """They change to ALARM when an unhealthy canary is judged."""

    def states(self, names: Sequence[str]) -> dict[str, str]:
        return dict.fromkeys(names, "OK")

    def watch(self, names: Sequence[str], since: datetime) -> AlarmFacts:
        is_judged = Invocation.current is not None and Invocation.current.about["state"] == "JudgeCanary"
        is_bad = is_judged and _health() == "unhealthy"
        return AlarmFacts(tuple(AlarmChange(each, iso(since), "3 errors") for each in names if is_bad))


class Evidence:
    """A busy minute without a failure, except of a canary that nobody wants."""

    def requests_per_second(self, since: datetime, until: datetime) -> float | None:
        assert since < until
        return 12.0

    def collect(self, request: EvidenceRequest) -> TargetEvidence:
        assert request.canary
        assert request.since < request.now
        canary = RevisionMinute(None, None) if _health() == "inconclusive" else RevisionMinute(5_000, 0)
        minute = Minute(request.since, canary, RevisionMinute(45_000, 0))
        return TargetEvidence((minute,), request.now)


def _health() -> str:
    execution = Invocation.current and Invocation.current.about["execution"]
    return execution.health if execution else "healthy"
