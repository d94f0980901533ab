"""What is promised about each item that is written into the ledger."""

from gantry.aws import ledger_keys as keys
from tests.unit.handlers.runs import Run
from tests.unit.handlers.suspended import Invocation
from tests.unit.handlers.traffic_promises import TrafficPromises
from tests.unit.handlers.watching import Item, Watching
from tests.unit.handlers.world import World


class LedgerPromises(Watching):
    """Watches the ledger's table."""

    def __init__(self, world: World, broken: list[str], traffic: TrafficPromises) -> None:
        super().__init__(world, broken)
        self._traffic = traffic
        self._sequence = 0
        self._current: Item | None = None
        world.table.watch = self._was_written

    def _was_written(self, item: Item) -> None:
        writer = Invocation.current.about if Invocation.current else None
        run: Run | None = writer["execution"] if writer else None
        if item["sk"].startswith("live#"):
            self._live_was_written(item, writer["state"] if writer else "", run)
        if run and item["sk"].startswith("history#"):
            self._history_was_written(item, run)
        if writer is None or item["pk"] == keys.LEASES or item["sk"] == "notified":
            return
        state = writer["state"]
        if state in {"RestoreVersion", "StopDeployment", "RecordRollback"}:
            self.require(run is not None and run.arn in self._traffic.moved, f"{run} wrote {item['sk']} first")
        if state == "RepairTarget" and self.world.alias.current and not self._traffic.is_created_late:
            self.require("has_written" in writer, f"a repair wrote {item['sk']} before the alias")

    # 10

    def _live_was_written(self, live: Item, state: str, run: Run | None) -> None:
        """What became live later has the greater number, whatever its revision is called."""
        numbers = [each["sequence"] for each in (live["current"], *live["lineage"])]
        self.require(numbers == sorted(set(numbers), reverse=True), f"the ledger's numbers are {numbers}")
        self.require(max(numbers) <= live["sequence"], f"the number {live['sequence']} came before {numbers}")
        self.require(live["sequence"] >= self._sequence, "a number of the ledger is taken back")
        is_new = self._current is None or self._current["revision"] != live["current"]["revision"]
        if state == "RecordRelease" and run and run.variables["outcome"] != "unchanged" and is_new:
            self.require(numbers[0] > self._sequence, f"the number {numbers[0]} is given again")
        self._sequence, self._current = live["sequence"], live["current"]

    def _history_was_written(self, entry: Item, run: Run) -> None:
        """What a failed deployment says of the traffic is so."""
        says = entry["facts"].get("traffic")
        self.require(says != "untouched" or run.arn not in self._traffic.moved, f"{run} denies that it moved traffic")
        self.require(says != "restored" or "RollBack" in run.returned, f"{run} has not restored the traffic")
