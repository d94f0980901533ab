"""What is promised about one target, looked at after every single call that any handler makes."""

from typing import Any

from gantry.aws import ledger_keys as keys
from gantry.aws.leases import _lease
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.ledger import LiveRevision
from gantry.promotion.rollback import quarantines
from gantry.promotion.traffic import Routing
from tests.unit.handlers.machines import VERDICTS, World
from tests.unit.handlers.payloads import TARGET
from tests.unit.handlers.suspended import Invocation

WRITES_OF_SEIZING = 2
"""One that is refused, because somebody's write was under way, and one that is not."""


class Promises:
    """Watches a world, and asserts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lease = Lease(TARGET)
        self.fence_of_alias = 0
        self.stays_back: set[str] = set()
        """Digests that were rolled back, by verdict or by hand, and have not been released since."""
        self.restored: set[str] = set()
        """The rollbacks that have written the alias."""
        self.left_behind: set[str] = set()
        """Those that ended with a lease, and an alias that they may have moved; the repair has to find them."""
        self.is_new = False
        """Whether there was no alias at first."""
        self.is_created_late = False
        """Whether a call that was under way created it after the repair had found none; nothing can prevent that."""
        self.broken: list[str] = []
        world.alias.watch = self._alias_was_written
        world.alias.asked, world.alias.answered = self._write_was_asked_for, self._write_was_answered
        world.table.watch = self._item_was_written
        world.watch_stop = self._execution_is_stopped

    def check(self) -> None:
        item = self.world.table.items.get(("lease", TARGET.id))
        lease = _lease(item) if item else Lease(TARGET)
        if lease.revision != self.lease.revision:
            before, self.lease = self.lease, lease
            self._lease_changed(before, lease)
        self._look()
        self._look_for_left_behind()
        self.broken += self.world.unexpected
        self.broken += [f"people were told of {each} again" for each in self.world.told_again]
        assert not self.broken, "\n".join([*self.world.log, "--", *self.broken])

    def _is(self, kept: bool, what: str) -> None:
        if not kept:
            self.broken.append(what)

    # 1

    def _look(self) -> None:
        routing, lease = self.world.alias.current, self.lease
        weights = routing.weights if routing else {}
        if not lease.holder:
            self._is(not weights, f"split while nobody holds the lease: {routing}")
            for digest in self.stays_back:
                runs = routing is not None and self.world.function.image_digest(routing.version) == digest
                self._is(runs or self.is_in_quarantine(digest), f"{digest[-3:]} was rolled back, and is free")
        elif lease.holder.release:
            for version in weights:
                is_its_own = self.world.function.image_digest(version) == lease.holder.release.image_digest
                self._is(is_its_own, f"{routing} while {lease.holder.owner} holds the lease")

    # 2 and 3, by who writes

    def _alias_was_written(self, routing: Routing) -> None:
        writer = Invocation.current
        assert writer
        state, execution = writer.about["state"], writer.about["execution"]
        item = self.world.table.items.get(("lease", TARGET.id))
        lease = _lease(item) if item else Lease(TARGET)
        fence = writer.about["fence"]
        self._is(fence >= self.fence_of_alias, f"{state} of {execution} wrote {routing} after it was taken over")
        self.fence_of_alias = max(fence, self.fence_of_alias)
        if routing.weights:
            self._is(state == "ShiftTraffic", f"{state} split the alias")
        if state == "ShiftTraffic":
            self._is(routing.version == execution.variables["found"]["version"], f"{routing}: stable is not primary")
        if state in {"ShiftTraffic", "CompleteDeployment"}:
            canary = self.world.function.image_digest(execution.variables["canary"])
            self._is(canary == execution.digest, "another image than was asked for")
            stable = execution.variables["stable"]
            if stable and stable["image_digest"] != canary:
                self._is(not self.is_in_quarantine(canary), f"{canary[-3:]} gets traffic out of quarantine")
            live = self.world.table.items.get(self._live_key())
            newer = live and live["current"].get("promotion_started_at", "")
            self._is(not newer or newer <= execution.input["promotion_started_at"], f"{execution}: older than live")
        if state == "RepairTarget":
            known = {each.variables.get("fence") for each in self.world.executions.values()}
            self._is(fence not in known, f"a repair writes {routing} with the fencing number of a deployment")
        if state == "RestoreVersion":
            self._note_left(lease)
        if state == "PublishVersion" and not lease.is_held_by(execution.arn, fence):
            self.is_created_late = True

    # 8

    def _write_was_asked_for(self) -> None:
        writer = Invocation.current
        assert writer
        writer.about["writes"] = times = writer.about.get("writes", 0) + 1
        if writer.about["state"] in {"RestoreVersion", "RepairTarget"}:
            self._is(times <= WRITES_OF_SEIZING, f"{writer.about['state']} writes the alias {times} times")

    def _write_was_answered(self) -> None:
        writer = Invocation.current
        assert writer
        writer.about["has_written"] = True
        if writer.about["state"] == "RestoreVersion":
            self.restored.add(writer.about["execution"].arn)

    def _item_was_written(self, item: dict[str, Any]) -> None:
        writer = Invocation.current
        if writer is None or item["pk"] == keys.LEASES or item["sk"] == "told":
            return
        state, execution = writer.about["state"], writer.about["execution"]
        if state in {"RestoreVersion", "StopDeployment", "RecordRollback"}:
            self._is(execution.arn in self.restored, f"{execution} wrote {item['sk']} before the alias")
        if state == "RepairTarget" and self.world.alias.current and not self.is_created_late:
            self._is("has_written" in writer.about, f"a repair wrote {item['sk']} before the alias")

    def _execution_is_stopped(self, execution: str) -> None:
        """A rollback, or the repair of one, stops whom it has interrupted."""
        writer = Invocation.current
        assert writer
        by = writer.about["execution"]
        has_written = by.arn in self.restored if by else "has_written" in writer.about
        self._is(has_written, f"{execution} is stopped before the alias is written")

    def _note_left(self, lease: Lease) -> None:
        restore_point = lease.restore_point
        if not restore_point or not restore_point.left:
            return
        restored = LiveRevision(restore_point.version, restore_point.image_digest, "")
        if quarantines(restore_point.left, restored):
            self.stays_back.add(restore_point.left.image_digest)
        else:
            self.stays_back.discard(restore_point.left.image_digest)

    def _live_key(self) -> tuple[str, str]:
        key = keys.live("cowsay", "prod", TARGET.id)
        return key["pk"], key["sk"]

    def is_in_quarantine(self, digest: str) -> bool:
        key = keys.quarantine("cowsay", digest)
        found = self.world.table.items.get((key["pk"], key["sk"]))
        return found is not None and "released" not in found

    # 3, 8 and 9, by what happens to the lease

    def _lease_changed(self, before: Lease, after: Lease) -> None:
        self._is(after.fence >= before.fence, "a fencing number was given back")
        owners = [each.holder and each.holder.owner for each in (before, after)]
        if owners[0] == owners[1]:
            return
        if before.holder and after.holder and after.holder.release is None:
            self.left_behind.discard(before.holder.owner)
        self._is(after.holder is None or after.fence > before.fence, "a new holder with an old fencing number")
        if after.holder and after.holder.release:
            first = max([*before.waiting, after.holder], key=Contender.order)
            self._is(first.owner == after.holder.owner, f"{after.holder.owner} got the lease before {first.owner}")
        if before.holder and not (after.holder and after.holder.release is None and not before.waiting):
            self._ended(before, before.holder, after)

    def _ended(self, before: Lease, holder: Contender, after: Lease) -> None:
        if after.holder and after.holder.release is None:
            return
        routing = self.world.alias.current
        self._is(not routing or not routing.weights, f"{holder.owner} ended and left {routing}")
        live = self.world.table.items.get(self._live_key())
        if live and routing:
            self._is(live["current"]["version"] == routing.version, f"the ledger says {live['current']}, not {routing}")
        if holder.release is None and before.restore_point:
            self._is(routing == Routing(before.restore_point.version), f"a rollback ended, and the alias has {routing}")

    def _look_for_left_behind(self) -> None:
        holder = self.lease.holder
        if not holder or not self.lease.restore_point or self.world.executions[holder.owner].is_running:
            return
        late = [each.about for each in self.world.others if each.about["execution"]]
        if not any(each["execution"].arn == holder.owner and each["state"].startswith("Record") for each in late):
            self.left_behind.add(holder.owner)

    def verdict_was_given(self) -> None:
        """A deployment that is being rolled back by verdict; what runs the same image as stable is no matter."""
        for each in self.world.executions.values():
            if not each.is_deployment or each.state != "RollBack" or not self.lease.holder:
                continue
            stable = each.variables["stable"]
            by_verdict = each.variables["failure"]["Error"] in VERDICTS
            is_held = self.lease.is_held_by(each.arn, each.variables["fence"])
            if by_verdict and is_held and (not stable or stable["image_digest"] != each.digest):
                self.stays_back.add(each.digest)

    def settled(self) -> None:
        """When nothing is left to happen."""
        lease, world = self.lease, self.world
        self._is(not lease.holder, f"{lease.holder} holds the lease for ever")
        self._is(not lease.waiting and not lease.called, f"{lease.waiting} {lease.called} wait for ever")
        going = [str(each) for each in world.executions.values() if each.is_running]
        self._is(not going, f"{going} go on for ever")
        for each in world.executions.values():
            is_superseded = each.variables.get("failure", {}).get("Error") == "DeploymentSupersededError"
            is_told_elsewhere = is_superseded or each.error == "RolledBackManually"
            is_lost = each.arn in world.lost and each.arn not in self.left_behind
            if each.status not in {"SUCCEEDED", "RUNNING"} and not is_told_elsewhere and not is_lost:
                self._is(each.arn in world.told, f"nobody was told of {each}")
        if self.is_new and not self.is_created_late and (routing := world.alias.current):
            live = world.table.items.get(self._live_key())
            says = live and live["current"]["version"]
            self._is(says == routing.version, f"the ledger says {says} of the first deployment, not {routing}")
        self.check()
