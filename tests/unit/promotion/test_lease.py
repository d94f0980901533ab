from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.errors import LeaseLostError
from gantry.promotion.lease import Contender, Lease, RestorePoint
from gantry.promotion.release import Release
from gantry.promotion.target import Target

TARGET = Target("444444444444", "us-east-1", "cowsay", "live")
SINCE = "2026-11-22T12:00:00.000Z"
WAY_BACK = RestorePoint("7", "sha256:" + "b" * 64)


def contender(number: int, attempt: int = 1) -> Contender:
    """A deployment; the promotion with the higher number was started later."""
    release = Release("cowsay", f"sha256:{number:064x}", f"revision-{number}", f"tag{number}")
    started_at = f"2026-11-22T09:{number:02}:00.000Z"
    return Contender(
        f"arn:deployment:{number}", "cowsay", "prod", SINCE, started_at, release, f"token-{number}-{attempt}", attempt
    )


def rollback(number: int = 1) -> Contender:
    return Contender(f"arn:rollback:{number}", "cowsay", "prod", SINCE, SINCE)


OLD, HOLDER, NEXT, NEWEST = map(contender, (1, 2, 3, 4))
FREE = Lease(TARGET, fence=6, revision=9)
HELD = Lease(TARGET, fence=7, revision=9, holder=replace(HOLDER, task_token=None), restore_point=WAY_BACK)
ROLLED_BACK = replace(HELD, holder=rollback())


def test_who_asks_for_a_free_lease_gets_it_with_the_next_number_and_is_called() -> None:
    lease = FREE.joined(HOLDER)
    assert lease == replace(FREE, fence=7, holder=replace(HOLDER, task_token=None), called=(HOLDER,))


def test_the_first_holder_of_all_has_the_number_1() -> None:
    assert Lease(TARGET).joined(HOLDER).fence == 1


def test_who_is_newer_than_the_holder_waits() -> None:
    assert HELD.joined(NEXT) == replace(HELD, waiting=(NEXT,))


def test_who_is_older_than_the_holder_is_told_so_at_once() -> None:
    assert HELD.joined(OLD) == replace(HELD, called=(OLD,))


def test_who_is_older_than_another_that_waits_waits_all_the_same() -> None:
    assert HELD.joined(NEWEST).joined(NEXT) == replace(HELD, waiting=(NEWEST, NEXT))


def test_a_rollback_supersedes_nobody() -> None:
    assert ROLLED_BACK.joined(OLD) == replace(ROLLED_BACK, waiting=(OLD,))


@pytest.mark.parametrize(
    ("asked", "holder"), [(FREE, HOLDER), (HELD, NEXT), (HELD, OLD)], ids=["its turn", "waiting", "superseded"]
)
def test_who_asks_again_is_answered_by_the_token_of_its_last_try(asked: Lease, holder: Contender) -> None:
    once, again = asked.joined(holder), replace(holder, task_token="another")
    waiting, called = ((again,), ()) if once.waiting else ((), (again,))
    assert once.joined(again) == replace(once, waiting=waiting, called=called)


@pytest.mark.parametrize("last", [contender(3, attempt=2), replace(NEXT, since="2026-11-22T13:00:00.000Z", attempt=0)])
@pytest.mark.parametrize(
    "before", [FREE, HELD, replace(HELD, holder=NEWEST)], ids=["its turn", "waiting", "superseded"]
)
def test_a_try_that_comes_later_than_the_one_after_it_does_not_take_its_place(before: Lease, last: Contender) -> None:
    lease = before.joined(last)
    assert lease.joined(NEXT) == lease


def test_a_holder_that_has_been_told_and_asks_again_is_told_again() -> None:
    assert HELD.joined(HOLDER) == replace(HELD, called=(HOLDER,))


def test_a_lease_that_nobody_waits_for_is_free_when_it_ends_and_keeps_its_number() -> None:
    assert HELD.ended(HOLDER.owner) == replace(HELD, holder=None, restore_point=None)


@pytest.mark.parametrize("before", [HELD, ROLLED_BACK])
def test_when_a_lease_ends_the_newest_one_gets_it_and_all_who_wait_are_called(before: Lease) -> None:
    assert before.holder
    waiting = (OLD, NEWEST, NEXT)
    lease = replace(before, waiting=waiting).ended(before.holder.owner)
    assert lease == replace(
        before, fence=8, holder=replace(NEWEST, task_token=None), restore_point=None, called=waiting
    )


def test_who_was_called_before_and_not_told_yet_stays_called_when_the_lease_ends() -> None:
    lease = replace(HELD, waiting=(NEXT,), called=(OLD,)).ended(HOLDER.owner)
    assert lease.called == (OLD, NEXT)


def test_of_two_in_the_same_millisecond_one_is_newer() -> None:
    twin = replace(NEXT, owner="arn:deployment:3b")
    assert twin.is_newer_than(NEXT)
    assert not NEXT.is_newer_than(twin)
    assert FREE.joined(twin).joined(NEXT).called == (twin, NEXT)


def test_who_ends_before_its_turn_leaves_the_line() -> None:
    assert replace(HELD, waiting=(NEXT, NEWEST)).ended(NEXT.owner) == replace(HELD, waiting=(NEWEST,))
    assert replace(HELD, called=(OLD, HOLDER)).ended(OLD.owner) == replace(HELD, called=(HOLDER,))


@pytest.mark.parametrize("lease", [FREE, HELD, ROLLED_BACK, replace(HELD, waiting=(NEXT,), called=(OLD,))])
def test_that_a_stranger_ends_changes_nothing(lease: Lease) -> None:
    assert lease.ended("arn:stranger") == lease


def test_a_turn_that_nobody_used_is_the_next_ones() -> None:
    lease = replace(HELD, restore_point=None, waiting=(NEXT, NEWEST), called=(HOLDER,))
    assert lease.passed_on(HOLDER.owner) == lease.ended(HOLDER.owner)
    assert lease.passed_on(HOLDER.owner).is_held_by(NEWEST.owner, 8)


def test_a_turn_that_somebody_used_is_not_passed_on_without_a_repair() -> None:
    lease = replace(HELD, waiting=(NEXT,), called=(HOLDER,))
    assert lease.passed_on(HOLDER.owner) == lease


def test_who_is_over_and_has_no_turn_leaves_the_line_whatever_the_holder_does() -> None:
    lease = replace(HELD, waiting=(NEXT, NEWEST), called=(OLD,))
    assert lease.passed_on(NEXT.owner).waiting == (NEWEST,)
    assert lease.passed_on(OLD.owner).called == ()


@pytest.mark.parametrize("before", [FREE, HELD, ROLLED_BACK])
def test_a_rollback_takes_the_lease_from_whoever_has_it(before: Lease) -> None:
    lease = before.taken_over(rollback(2), WAY_BACK)
    assert lease == replace(before, fence=before.fence + 1, holder=rollback(2), restore_point=WAY_BACK)


def test_who_waits_goes_on_waiting_while_a_rollback_has_the_lease() -> None:
    line = replace(HELD, waiting=(NEXT, NEWEST), called=(OLD,))
    lease = line.taken_over(rollback(), WAY_BACK)
    assert (lease.waiting, lease.called) == (line.waiting, line.called)


def test_a_holder_that_has_lost_the_lease_is_not_told_any_more_that_it_has_it() -> None:
    assert replace(HELD, called=(OLD, HOLDER)).taken_over(rollback(), WAY_BACK).called == (OLD,)


def test_a_rollback_that_takes_the_lease_again_goes_by_what_it_noted_at_first() -> None:
    assert ROLLED_BACK.taken_over(replace(rollback(), since="later"), replace(WAY_BACK, version="6")) == ROLLED_BACK


def test_the_holder_notes_where_the_alias_belongs() -> None:
    lease = replace(HELD, restore_point=None)
    assert lease.noted(HOLDER.owner, 7, WAY_BACK) == HELD


LOST = [(HELD, NEXT.owner, 7), (HELD, HOLDER.owner, 6), (HELD, HOLDER.owner, 8), (FREE, HOLDER.owner, 6)]


@pytest.mark.parametrize(("lease", "owner", "fence"), LOST)
def test_only_the_holder_with_its_own_number_goes_on(lease: Lease, owner: str, fence: int) -> None:
    assert not lease.is_held_by(owner, fence)
    with pytest.raises(LeaseLostError):
        lease.require(owner, fence)
    with pytest.raises(LeaseLostError):
        lease.noted(owner, fence, WAY_BACK)
    HELD.require(HOLDER.owner, 7)


@pytest.mark.parametrize(
    ("lease", "now"), [(ROLLED_BACK, "arn:rollback:1 has it now"), (FREE, "nobody has it now")], ids=["taken", "free"]
)
def test_who_lost_the_lease_is_told_what_happened_and_who_has_it(lease: Lease, now: str) -> None:
    with pytest.raises(LeaseLostError) as raised:
        lease.require(HOLDER.owner, 7)
    assert str(raised.value) == (
        f"{TARGET.id}: the lease is no longer {HOLDER.owner}'s, because somebody rolled back or repaired the target in "
        f"the meantime ({now}). So nothing was changed"
    )


def test_a_holder_that_is_fenced_off_still_has_the_lease_but_no_number() -> None:
    lease = HELD.fenced(HOLDER.owner)
    assert lease == replace(HELD, fence=8)
    assert not lease.is_held_by(HOLDER.owner, HELD.fence)


@pytest.mark.parametrize("lease", [FREE, ROLLED_BACK])
def test_who_has_no_lease_is_not_fenced_off(lease: Lease) -> None:
    with pytest.raises(LeaseLostError):
        lease.fenced(HOLDER.owner)


def test_who_has_been_told_is_called_no_longer() -> None:
    assert replace(HELD, called=(OLD, HOLDER, NEXT)).told(OLD, NEXT).called == (HOLDER,)


def test_who_asked_again_in_the_meantime_has_not_been_told() -> None:
    again = replace(OLD, task_token="another")
    assert replace(HELD, called=(again,)).told(OLD).called == (again,)


def test_tokens_are_not_in_what_is_logged() -> None:
    assert "token-" not in repr(replace(HELD, waiting=(NEXT,), called=(HOLDER,)))


@dataclass
class Line:
    """A target to which anything happens that deployments, rollbacks and the repair do."""

    lease: Lease = field(default_factory=lambda: Lease(TARGET))
    due: set[str] = field(default_factory=set)
    """Who wants the target, and has neither ended nor been superseded or interrupted."""
    holders: dict[int, str] = field(default_factory=dict)
    tries: int = 0

    def happen(self, what: str, number: int) -> None:
        before = self.lease
        match what:
            case "joined":
                self.join(number)
            case "ended":
                self.end(contender(number).owner)
            case "the holder ended" if before.holder:
                self.end(before.holder.owner)
            case "taken over":
                self.take_over(rollback(number))
            case "fenced" if before.holder:
                self.lease = before.fenced(before.holder.owner)
                assert self.lease.fence > before.fence
            case "told":
                self.tell(*before.called[: 1 + number % 3])
        self.check(before)

    def join(self, number: int) -> None:
        self.tries += 1
        asking = contender(number, self.tries)
        has_it = self.lease.holder
        self.lease = self.lease.joined(asking)
        self.due.add(asking.owner)
        if has_it and has_it.release is None:
            assert asking in self.lease.waiting
        else:
            assert asking in (*self.lease.waiting, *self.lease.called)

    def end(self, owner: str) -> None:
        before = self.lease
        self.lease = before.ended(owner)
        self.due.discard(owner)
        if before.waiting and before.holder and before.holder.owner == owner:
            newest = max(before.waiting, key=lambda each: each.started_at)
            assert self.lease.holder == replace(newest, task_token=None)
            assert set(before.waiting) <= set(self.lease.called)

    def take_over(self, by: Contender) -> None:
        before = self.lease.holder
        self.lease = self.lease.taken_over(by, WAY_BACK)
        self.due -= {before.owner} if before else set()
        self.due.add(by.owner)

    def tell(self, *told: Contender) -> None:
        self.lease = self.lease.told(*told)
        self.due -= {each.owner for each in told} - {self.lease.holder.owner if self.lease.holder else ""}

    def check(self, before: Lease) -> None:
        lease = self.lease
        in_line = [each.owner for each in (*lease.waiting, *lease.called)]
        assert lease.fence >= before.fence
        if lease.holder:
            assert self.holders.setdefault(lease.fence, lease.holder.owner) == lease.holder.owner
            assert max(self.holders) == lease.fence
            assert lease.holder.task_token is None
        else:
            assert not lease.waiting
            assert lease.restore_point is None
        assert {*in_line, *([lease.holder.owner] if lease.holder else [])} == self.due
        assert len(in_line) == len(set(in_line))


WHAT = st.sampled_from(["joined", "joined", "joined", "ended", "the holder ended", "taken over", "fenced", "told"])


@given(st.lists(st.tuples(WHAT, st.integers(1, 8)), max_size=60))
def test_whatever_happens_each_holder_has_its_own_number_the_newest_is_next_and_nobody_is_lost(
    events: list[tuple[str, int]],
) -> None:
    line = Line()
    for what, number in events:
        line.happen(what, number)
