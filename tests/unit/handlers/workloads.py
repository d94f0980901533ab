"""The workload accounts and the machines around the handlers, in memory, put where the handlers look for them."""

from collections import defaultdict
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gantry.promotion.target import Target
from tests.unit.handlers.fake_function import FakeFunction
from tests.unit.handlers.fakes import (
    FakeAccounts,
    FakeAlarms,
    FakeAlias,
    FakeExecutions,
    FakeImages,
    FakeMetrics,
    FakeRepairs,
    FakeSession,
)


class Workloads:
    """What there is in every target's account. Whoever asks needs a session for that account and region."""

    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.executions = FakeExecutions()
        self.images = FakeImages()
        self.repairs = FakeRepairs()
        self._aliases: dict[str, FakeAlias] = {}
        self._functions: dict[str, FakeFunction] = {}
        self._alarms: defaultdict[tuple[str, str], FakeAlarms] = defaultdict(FakeAlarms)
        self._metrics: defaultdict[str, FakeMetrics] = defaultdict(FakeMetrics)

    def alias(self, target: Target) -> FakeAlias:
        return self._aliases.setdefault(target.id, FakeAlias(target))

    def function(self, target: Target) -> FakeFunction:
        return self._functions.setdefault(target.function_arn, FakeFunction(target))

    def alarms(self, target: Target) -> FakeAlarms:
        return self._alarms[target.account, target.region]

    def metrics(self, target: Target) -> FakeMetrics:
        return self._metrics[target.id]

    def put_into(self, handlers: list[ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the handlers find these instead of the adapters of the same names."""
        stand_ins = {
            "Alias": _of(self.alias),
            "LambdaFunction": _functions_of(self),
            "Alarms": _of(self.alarms),
            "CanaryMetrics": _of(self.metrics),
            "Accounts": SimpleNamespace(from_env=lambda: self.accounts),
            "Executions": SimpleNamespace(from_env=lambda: self.executions),
            "Repairs": SimpleNamespace(from_env=lambda: self.repairs),
            "Images": SimpleNamespace(from_env=lambda: self.images),
        }
        for module in handlers:
            for name in stand_ins.keys() & vars(module).keys():
                monkeypatch.setattr(module, name, stand_ins[name])


def _of(find: Any) -> SimpleNamespace:
    def of(target: Target, session: FakeSession) -> Any:
        assert session == FakeSession(target.account, target.region), "a session for somewhere else"
        return find(target)

    return SimpleNamespace(of=of)


def _functions_of(workloads: Workloads) -> SimpleNamespace:
    def of(target: Target, session: FakeSession, settle_seconds: float = 0) -> FakeFunction:
        function: FakeFunction = _of(workloads.function).of(target, session)
        function.settle_seconds = settle_seconds
        return function

    return SimpleNamespace(of=of)
