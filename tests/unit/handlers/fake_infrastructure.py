"""Parameters and outputs of stacks in the workload accounts, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gantry.promotion.needs.finding import Seen
from gantry.promotion.needs.need import Need
from gantry.promotion.target import Target

MISSING = Seen(problem="it is not there")


@dataclass
class FakeInfrastructure:
    """What there is, by `<account>/<region> <need's name>`, or by the need's name where it is the same everywhere."""

    values: dict[str, Seen] = field(default_factory=dict)
    looked_at: list[str] = field(default_factory=list)
    """The accounts and regions, in order."""

    def has(self, name: str, value: str) -> None:
        self.values[name] = Seen(value)

    def there(self, target: Target) -> "InfrastructureThere":
        place = f"{target.account}/{target.region}"
        self.looked_at.append(place)
        return InfrastructureThere(self, place)


@dataclass
class InfrastructureThere:
    """The same of one account and region."""

    everywhere: FakeInfrastructure
    place: str

    def seen(self, needs: Sequence[Need]) -> list[Seen]:
        values = self.everywhere.values
        return [values.get(f"{self.place} {each.name}", values.get(each.name, MISSING)) for each in needs]
