"""Parameter Store of every account and region, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gantry.promotion.live_parameter.errors import LiveParameterError
from gantry.promotion.live_parameter.wanted import WantedParameter


@dataclass
class FakeParameter:
    """One parameter."""

    store: "FakeParameters"
    place: str

    def said(self) -> str | None:
        self.store.require(self.place)
        return self.store.values.get(self.place)

    def say(self, value: str) -> None:
        self.store.require(self.place)
        self.store.values[self.place] = value
        self.store.written.append(self.place)
        for other in self.store.meanwhile:
            other()
        self.store.meanwhile.clear()


@dataclass
class FakeParameters:
    """All of them, by `<account>/<region><name>`."""

    values: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    """Accounts and regions, `444444444444/us-east-1`, that refuse every call."""
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    """What happens while the next one is written."""

    def of(self, wanted: WantedParameter) -> FakeParameter:
        return FakeParameter(self, f"{wanted.account}/{wanted.region}{wanted.name}")

    def require(self, place: str) -> None:
        where, slash, name = place.partition("/gantry/")
        if where in self.closed:
            raise LiveParameterError(f"The parameter {slash}{name} in {where} cannot be read: it is refused")
