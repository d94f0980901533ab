"""What is promised about each write to the alias: who makes it, when, and to which revision."""

from typing import Any

from gantry.promotion.lease import Lease
from gantry.promotion.rollback import quarantines
from gantry.promotion.traffic import Routing
from tests.unit.handlers.runs import Run
from tests.unit.handlers.suspended import Invocation
from tests.unit.handlers.watching import Watching
from tests.unit.handlers.world import World

WRITES_OF_SEIZING = 2
"""One that is refused, because somebody's write was under way, and one that is not."""


class TrafficPromises(Watching):
    """Watches the alias, and who stops whom."""

    def __init__(self, world: World, broken: list[str]) -> None:
        super().__init__(world, broken)
        self.stays_back: set[str] = set()
        """Digests that were rolled back, by verdict or manually, and have not been released since."""
        self.moved: set[str] = set()
        """The executions that have written the alias."""
        self.is_created_late = False
        """Whether a call that was under way created it after the lease was lost; nothing can prevent that."""
        self._fence = 0
        world.alias.watch = self._was_written
        world.alias.requested, world.alias.answered = self._write_was_requested, self._write_was_answered
        world.machines.watch_stop = self._execution_is_stopped

    def look_for_creation(self, lease: Lease) -> None:
        """Whoever is about to create the alias held the lease one call ago."""
        for each in self.world.under_way():
            if each.at.startswith("creating the alias") and "is_to_create" not in each.about:
                each.about["is_to_create"] = True
                run = each.about["execution"]
                is_held = lease.is_held_by(run.arn, each.about["fence"])
                self.require(is_held, f"{run} creates the alias without the lease")

    # 2, 3 and 4, by who writes

    def _was_written(self, routing: Routing) -> None:
        writer, lease = _writer(), self.lease_now
        state, run, fence = writer["state"], writer["execution"], writer["fence"]
        self.require(fence >= self._fence, f"{state} of {run} wrote {routing} after it was taken over")
        self._fence = max(fence, self._fence)
        self.require(not routing.weights or state == "ShiftTraffic", f"{state} split the alias")
        if state in {"ShiftTraffic", "CompleteDeployment"}:
            self._was_moved_forward(routing, run, state)
        if state == "RepairTarget":
            known = {each.fence for each in self.world.machines.executions.values()}
            self.require(fence not in known, f"a repair writes {routing} with the fencing number of a deployment")
        if state == "RestoreVersion":
            self._note_rolled_back(lease)
        if state == "CompleteDeployment" and not lease.is_held_by(run.arn, fence):
            self.is_created_late = True

    def _was_moved_forward(self, routing: Routing, run: Run, state: str) -> None:
        known = run.variables
        if state == "ShiftTraffic":
            self.require(routing.revision == known["found"]["revision"], f"{routing}: stable is not primary")
        canary = self.world.function.digest(known["canary"])
        self.require(canary == run.digest, "another image than was asked for")
        if known["stable"] and known["stable"]["digest"] != canary:
            self.require(not self.is_in_quarantine(canary), f"{canary[-3:]} gets traffic out of quarantine")
        newer = self.live and self.live["current"].get("promotion_started_at", "")
        self.require(not newer or newer <= run.input["promotion_started_at"], f"{run}: older than live")

    # 8

    def _write_was_requested(self) -> None:
        writer = _writer()
        writer["writes"] = times = writer.get("writes", 0) + 1
        if writer["state"] in {"RestoreVersion", "RepairTarget"}:
            self.require(times <= WRITES_OF_SEIZING, f"{writer['state']} writes the alias {times} times")

    def _write_was_answered(self) -> None:
        writer = _writer()
        writer["has_written"] = True
        if run := writer["execution"]:
            self.moved.add(run.arn)

    def _execution_is_stopped(self, execution: str) -> None:
        """A rollback, or the repair of one, stops whom it has interrupted."""
        writer = _writer()
        by = writer["execution"]
        has_written = by.arn in self.moved if by else "has_written" in writer
        self.require(has_written, f"{execution} is stopped before the alias is written")

    # 9

    def _note_rolled_back(self, lease: Lease) -> None:
        restore_point = lease.restore_point
        if not restore_point or not restore_point.rolled_back:
            return
        if quarantines(restore_point.rolled_back, restore_point):
            self.stays_back.add(restore_point.rolled_back.digest)
        else:
            self.stays_back.discard(restore_point.rolled_back.digest)


def _writer() -> dict[str, Any]:
    assert Invocation.current
    return Invocation.current.about
