"""What is promised about one target, looked at after every single call that any handler makes.

The numbers are those of the promises in docs/architecture.md.
"""

from gantry.aws.leases import lease_in
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.traffic import Routing
from tests.unit.handlers.ledger_promises import LedgerPromises
from tests.unit.handlers.payloads import TARGET
from tests.unit.handlers.traffic_promises import TrafficPromises
from tests.unit.handlers.watching import Watching
from tests.unit.handlers.world import World

VERDICTS = {"AlarmRaisedError", "CanaryUnhealthyError"}


class Promises(Watching):
    """Watches a world, and asserts."""

    def __init__(self, world: World) -> None:
        super().__init__(world, [])
        self.traffic = TrafficPromises(world, self.broken)
        self.ledger = LedgerPromises(world, self.broken, self.traffic)
        self.lease = Lease(TARGET)
        self.left_behind: set[str] = set()
        """Those that ended with a lease, and an alias that they may have moved; the repair has to find them."""
        self.revived: set[str] = set()
        """Those that got a lease after they had ended, by a late call. What is repaired of that is news."""
        self.is_new = False
        """Whether there was no alias at first."""

    @property
    def stays_back(self) -> set[str]:
        """Digests that were rolled back, by verdict or manually, and have not been released since."""
        return self.traffic.stays_back

    def check(self) -> None:
        item = self.world.table.items.get(("lease", TARGET.id))
        if item and item["revision"] != self.lease.revision:
            before, self.lease = self.lease, lease_in(item)
            self._lease_changed(before, self.lease)
        self._look()
        self._look_for_left_behind()
        self._look_for_verdicts()
        if self.is_new:
            self.traffic.look_for_creation(self.lease)
        self.broken += self.world.machines.unexpected
        again = (each for each in self.world.notified_again if each not in self.revived)
        self.broken += [f"people were notified of {each} again" for each in again]
        assert not self.broken, "\n".join([*self.world.machines.log, "--", *self.broken])

    # 1, 9 and 10

    def _look(self) -> None:
        routing, lease = self.world.alias.current, self.lease
        weights = routing.weights if routing else {}
        if not lease.holder:
            self.require(not weights, f"split while nobody holds the lease: {routing}")
            self._require_true_ledger()
            for digest in self.stays_back:
                runs = routing is not None and self.world.function.digest(routing.revision) == digest
                self.require(runs or self.is_in_quarantine(digest), f"{digest[-3:]} was rolled back, and is free")
        elif lease.holder.release:
            for revision in weights:
                is_its_own = self.world.function.digest(revision) == lease.holder.release.digest
                self.require(is_its_own, f"{routing} while {lease.holder.owner} holds the lease")

    def _require_true_ledger(self) -> None:
        """Unless somebody else, or a call that nothing could prevent, moved the traffic."""
        routing, live = self.world.alias.current, self.live
        if live and routing and not self.world.alias.is_drifting and not self.traffic.is_created_late:
            says = live["current"]["revision"]
            self.require(says == routing.revision, f"the ledger says {says}, not {routing}")

    # 3, 8 and 9, by what happens to the lease

    def _lease_changed(self, before: Lease, after: Lease) -> None:
        self.require(after.fence >= before.fence, "a fencing number was given back")
        if (last := after.last_rollback) and last != before.last_rollback:
            # A person may restore by its name what had a verdict.
            self.stays_back.discard(self.world.function.digest(last.revision))
        owners = [each.holder and each.holder.owner for each in (before, after)]
        if owners[0] == owners[1]:
            return
        if after.holder and not self.world.machines.executions[after.holder.owner].is_running:
            self.revived.add(after.holder.owner)
        if before.holder and after.holder and after.holder.release is None:
            self.left_behind.discard(before.holder.owner)
        self.require(after.holder is None or after.fence > before.fence, "a new holder with an old fencing number")
        if after.holder and after.holder.release:
            first = max([*before.waiting, after.holder], key=Contender.order)
            self.require(first.owner == after.holder.owner, f"{after.holder.owner} got the lease before {first.owner}")
        if before.holder and not (after.holder and after.holder.release is None):
            self._ended(before, before.holder)

    def _ended(self, before: Lease, holder: Contender) -> None:
        routing = self.world.alias.current
        self.require(not routing or not routing.weights, f"{holder.owner} ended and left {routing}")
        if self.live and routing:
            says = self.live["current"]["revision"]
            self.require(says == routing.revision, f"the ledger says {says}, not {routing}")
        if holder.release is None and before.restore_point:
            wanted = Routing(before.restore_point.revision)
            self.require(routing == wanted, f"a rollback ended, and the alias has {routing}")

    def _look_for_left_behind(self) -> None:
        holder = self.lease.holder
        if not holder or not self.lease.restore_point or self.world.machines.executions[holder.owner].is_running:
            return
        late = [each.about for each in self.world.machines.abandoned if each.about["execution"]]
        if not any(each["execution"].arn == holder.owner and each["state"].startswith("Record") for each in late):
            self.left_behind.add(holder.owner)

    def _look_for_verdicts(self) -> None:
        """A deployment that is being rolled back by verdict; what runs the same image as stable is no matter."""
        for each in self.world.machines.executions.values():
            if not each.is_deployment or each.state != "RollBack" or not self.lease.holder:
                continue
            stable = each.variables["stable"]
            by_verdict = each.variables["failure"]["Error"] in VERDICTS
            is_held = self.lease.is_held_by(each.arn, each.fence or 0)
            if by_verdict and is_held and (not stable or stable["digest"] != each.digest):
                self.stays_back.add(each.digest)

    # 11

    def settled(self) -> None:
        """When nothing is left to happen."""
        lease, executions = self.lease, self.world.machines.executions.values()
        self.require(not lease.holder, f"{lease.holder} holds the lease for ever")
        self.require(not lease.waiting and not lease.to_notify, f"{lease.waiting} {lease.to_notify} wait for ever")
        going = [str(each) for each in executions if each.is_running]
        self.require(not going, f"{going} go on for ever")
        for each in executions:
            is_superseded = each.variables.get("failure", {}).get("Error") == "DeploymentSupersededError"
            is_reported_elsewhere = is_superseded or each.error == "RolledBackManually"
            is_lost = each.arn in self.world.lost and each.arn not in self.left_behind
            if each.status not in {"SUCCEEDED", "RUNNING"} and not is_reported_elsewhere and not is_lost:
                self.require(each.arn in self.world.notified, f"nobody was notified of {each}")
        if self.is_new and not self.traffic.is_created_late and (routing := self.world.alias.current):
            says = self.live and self.live["current"]["revision"]
            self.require(says == routing.revision, f"the ledger says {says} of the first deployment, not {routing}")
        self.check()
