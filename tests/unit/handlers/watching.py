"""What everybody who watches over the promises knows."""

from typing import Any

from gantry.aws import ledger_keys as keys
from gantry.aws.leases import lease_in
from gantry.promotion.lease import Lease
from tests.unit.handlers.payloads import TARGET
from tests.unit.handlers.world import World

Item = dict[str, Any]


class Watching:
    """Looks at a world, and collects what is broken."""

    def __init__(self, world: World, broken: list[str]) -> None:
        self.world = world
        self.broken = broken

    def require(self, kept: bool, otherwise: str) -> None:
        if not kept:
            self.broken.append(otherwise)

    @property
    def live(self) -> Item | None:
        """What the ledger calls live."""
        return self._item(keys.live("cowsay", "prod", TARGET.id))

    @property
    def lease_now(self) -> Lease:
        """The lease in the middle of a step, too."""
        item = self._item(keys.lease(TARGET.id))
        return lease_in(item) if item else Lease(TARGET)

    def is_in_quarantine(self, digest: str) -> bool:
        found = self._item(keys.quarantine("cowsay", digest))
        return found is not None and "released" not in found

    def _item(self, key: keys.Key) -> Item | None:
        return self.world.table.items.get((key["pk"], key["sk"]))
