from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import LeaseLostError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.release import Release
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing, TrafficMove

TARGET = Target("lambda", "444444444444", "us-east-1", "cowsay/live", "arn:aws:target")
SINCE = "2026-11-22T12:00:00.000Z"
BEFORE = RestorePoint("7", "sha256:" + "b" * 64)
MOVE = TrafficMove(Routing("8"), "7")


def contender(number: int, attempt: int = 1) -> Contender:
    """A deployment; the promotion with the higher number was started later."""
    image = Artifact(ArtifactKind.CONTAINER_IMAGE, f"sha256:{number:064x}", "cowsay")
    release = Release("cowsay", image, f"revision-{number}", f"tag{number}")
    started_at = f"2026-11-22T09:{number:02}:00.000Z"
    return Contender(
        f"arn:deployment:{number}", "cowsay", "prod", SINCE, started_at, release, f"token-{number}-{attempt}", attempt
    )


def rollback(number: int = 1) -> Contender:
    return Contender(f"arn:rollback:{number}", "cowsay", "prod", SINCE, SINCE)


OLD, HOLDER, NEXT, NEWEST = map(contender, (1, 2, 3, 4))
FREE = Lease(TARGET, fence=6, revision=9)
HELD = Lease(TARGET, fence=7, revision=9, holder=replace(HOLDER, task_token=None), restore_point=BEFORE)
ROLLED_BACK = replace(HELD, holder=rollback())


def test_a_deployment_that_asks_for_a_free_lease_gets_it_with_the_next_number_and_is_notified() -> None:
    lease = FREE.joined(HOLDER)
    assert lease == replace(FREE, fence=7, holder=replace(HOLDER, task_token=None), to_notify=(HOLDER,))


def test_the_first_holder_of_all_has_the_number_1() -> None:
    assert Lease(TARGET).joined(HOLDER).fence == 1


def test_a_deployment_newer_than_the_holder_waits() -> None:
    assert HELD.joined(NEXT) == replace(HELD, waiting=(NEXT,))


def test_a_deployment_older_than_the_holder_is_notified_at_once() -> None:
    assert HELD.joined(OLD) == replace(HELD, to_notify=(OLD,))


def test_a_deployment_older_than_another_that_waits_waits_all_the_same() -> None:
    assert HELD.joined(NEWEST).joined(NEXT) == replace(HELD, waiting=(NEWEST, NEXT))


def test_a_rollback_supersedes_nobody() -> None:
    assert ROLLED_BACK.joined(OLD) == replace(ROLLED_BACK, waiting=(OLD,))


@pytest.mark.parametrize(
    ("asked", "holder"), [(FREE, HOLDER), (HELD, NEXT), (HELD, OLD)], ids=["its turn", "waiting", "superseded"]
)
def test_a_deployment_that_asks_again_is_notified_with_the_token_of_its_last_try(
    asked: Lease, holder: Contender
) -> None:
    once, again = asked.joined(holder), replace(holder, task_token="another")
    waiting, to_notify = ((again,), ()) if once.waiting else ((), (again,))
    assert once.joined(again) == replace(once, waiting=waiting, to_notify=to_notify)


@pytest.mark.parametrize("last", [contender(3, attempt=2), replace(NEXT, since="2026-11-22T13:00:00.000Z", attempt=0)])
@pytest.mark.parametrize(
    "before", [FREE, HELD, replace(HELD, holder=NEWEST)], ids=["its turn", "waiting", "superseded"]
)
def test_a_try_that_arrives_after_the_next_one_does_not_take_its_place(before: Lease, last: Contender) -> None:
    lease = before.joined(last)
    assert lease.joined(NEXT) == lease


def test_a_holder_that_was_notified_and_asks_again_is_notified_again() -> None:
    assert HELD.joined(HOLDER) == replace(HELD, to_notify=(HOLDER,))


def test_a_lease_that_nobody_waits_for_is_free_when_it_ends_and_keeps_its_number() -> None:
    assert HELD.ended(HOLDER.owner) == replace(HELD, holder=None, restore_point=None)


@pytest.mark.parametrize("before", [HELD, ROLLED_BACK])
def test_when_a_lease_ends_the_newest_deployment_gets_it_and_all_that_wait_are_notified(before: Lease) -> None:
    assert before.holder
    waiting = (OLD, NEWEST, NEXT)
    lease = replace(before, waiting=waiting).ended(before.holder.owner)
    assert lease == replace(
        before, fence=8, holder=replace(NEWEST, task_token=None), restore_point=None, to_notify=waiting
    )


def test_a_deployment_that_is_still_to_be_notified_stays_so_when_the_lease_ends() -> None:
    lease = replace(HELD, waiting=(NEXT,), to_notify=(OLD,)).ended(HOLDER.owner)
    assert lease.to_notify == (OLD, NEXT)


def test_of_two_in_the_same_millisecond_one_is_newer() -> None:
    twin = replace(NEXT, owner="arn:deployment:3b", release=NEWEST.release)
    assert twin.is_newer_than(NEXT)
    assert not NEXT.is_newer_than(twin)
    assert FREE.joined(twin).joined(NEXT).to_notify == (twin, NEXT)


def test_a_promotion_that_deploys_once_more_waits_for_its_own_deployment_before() -> None:
    """Whose it is by name does not matter: its first round may have ended, and not be repaired yet."""
    for before, again in (("arn:deployment:a", "arn:deployment:b"), ("arn:deployment:b", "arn:deployment:a")):
        held = FREE.joined(replace(NEXT, owner=before)).notified(replace(NEXT, owner=before))
        second = replace(NEXT, owner=again)
        lease = held.joined(second)
        assert (lease.waiting, lease.holder and lease.holder.owner) == ((second,), before)


def test_a_deployment_that_ends_before_its_turn_leaves_the_line() -> None:
    assert replace(HELD, waiting=(NEXT, NEWEST)).ended(NEXT.owner) == replace(HELD, waiting=(NEWEST,))
    assert replace(HELD, to_notify=(OLD, HOLDER)).ended(OLD.owner) == replace(HELD, to_notify=(HOLDER,))


@pytest.mark.parametrize("lease", [FREE, HELD, ROLLED_BACK, replace(HELD, waiting=(NEXT,), to_notify=(OLD,))])
def test_the_end_of_another_execution_changes_nothing(lease: Lease) -> None:
    assert lease.ended("arn:stranger") == lease


def test_a_turn_that_was_not_used_goes_to_the_next_one() -> None:
    lease = replace(HELD, restore_point=None, waiting=(NEXT, NEWEST), to_notify=(HOLDER,))
    assert lease.passed_on(HOLDER.owner) == lease.ended(HOLDER.owner)
    assert lease.passed_on(HOLDER.owner).is_held_by(NEWEST.owner, 8)


def test_a_turn_that_was_used_is_not_passed_on_without_a_repair() -> None:
    lease = replace(HELD, waiting=(NEXT,), to_notify=(HOLDER,))
    assert lease.passed_on(HOLDER.owner) == lease


def test_a_deployment_that_has_ended_without_a_turn_leaves_the_line_whatever_the_holder_does() -> None:
    lease = replace(HELD, waiting=(NEXT, NEWEST), to_notify=(OLD,))
    assert lease.passed_on(NEXT.owner).waiting == (NEWEST,)
    assert lease.passed_on(OLD.owner).to_notify == ()


@pytest.mark.parametrize("before", [FREE, HELD, ROLLED_BACK])
def test_a_rollback_takes_the_lease_from_any_holder(before: Lease) -> None:
    lease = before.taken_over(rollback(2), BEFORE)
    assert lease == replace(before, fence=before.fence + 1, holder=rollback(2), restore_point=BEFORE)


def test_waiting_deployments_go_on_waiting_while_a_rollback_holds_the_lease() -> None:
    line = replace(HELD, waiting=(NEXT, NEWEST), to_notify=(OLD,))
    lease = line.taken_over(rollback(), BEFORE)
    assert (lease.waiting, lease.to_notify) == (line.waiting, line.to_notify)


def test_a_holder_that_has_lost_the_lease_is_not_notified_any_more_of_its_turn() -> None:
    assert replace(HELD, to_notify=(OLD, HOLDER)).taken_over(rollback(), BEFORE).to_notify == (OLD,)


def test_a_rollback_that_takes_the_lease_again_keeps_its_first_restore_point() -> None:
    assert ROLLED_BACK.taken_over(replace(rollback(), since="later"), replace(BEFORE, revision="6")) == ROLLED_BACK


def test_the_holder_notes_where_the_traffic_belongs() -> None:
    lease = replace(HELD, restore_point=None)
    assert lease.begun(HOLDER.owner, 7, BEFORE) == HELD


@pytest.mark.parametrize("restore_point", [BEFORE, None])
def test_a_holder_that_has_begun_is_not_notified_any_more_and_all_others_are(
    restore_point: RestorePoint | None,
) -> None:
    lease = replace(HELD, restore_point=restore_point, waiting=(NEXT,))
    told = replace(lease, to_notify=(OLD, HOLDER))
    assert told.begun(HOLDER.owner, 7, restore_point) == replace(lease, to_notify=(OLD,))


def test_a_move_that_has_not_arrived_is_noted_until_the_lease_has_another_holder() -> None:
    moving = ROLLED_BACK.with_move(rollback().owner, 7, MOVE)
    assert moving == replace(ROLLED_BACK, move=MOVE)
    assert moving.fenced(rollback().owner).move == moving.taken_over(rollback(), BEFORE).move == MOVE
    assert moving.taken_over(rollback(2), BEFORE).move is None
    assert moving.ended(rollback().owner).move is None


LOST = [(HELD, NEXT.owner, 7), (HELD, HOLDER.owner, 6), (HELD, HOLDER.owner, 8), (FREE, HOLDER.owner, 6)]


@pytest.mark.parametrize(("lease", "owner", "fence"), LOST)
def test_only_the_holder_with_its_own_number_goes_on(lease: Lease, owner: str, fence: int) -> None:
    assert not lease.is_held_by(owner, fence)
    with pytest.raises(LeaseLostError):
        lease.require(owner, fence)
    with pytest.raises(LeaseLostError):
        lease.begun(owner, fence, BEFORE)
    with pytest.raises(LeaseLostError):
        lease.with_move(owner, fence, MOVE)
    HELD.require(HOLDER.owner, 7)


@pytest.mark.parametrize(("lease", "now"), [(ROLLED_BACK, "arn:rollback:1"), (FREE, "nobody")], ids=["taken", "free"])
def test_the_error_of_a_lost_lease_names_the_target_and_both_holders(lease: Lease, now: str) -> None:
    with pytest.raises(LeaseLostError, match=f"^{TARGET.id}: {HOLDER.owner} .* \\({now} "):
        lease.require(HOLDER.owner, 7)


def test_a_holder_that_is_fenced_off_still_holds_the_lease_but_no_number() -> None:
    lease = HELD.fenced(HOLDER.owner)
    assert lease == replace(HELD, fence=8)
    assert not lease.is_held_by(HOLDER.owner, HELD.fence)


@pytest.mark.parametrize("lease", [FREE, ROLLED_BACK])
def test_an_execution_without_the_lease_is_not_fenced_off(lease: Lease) -> None:
    with pytest.raises(LeaseLostError):
        lease.fenced(HOLDER.owner)


def test_a_deployment_that_was_notified_is_not_notified_again() -> None:
    assert replace(HELD, to_notify=(OLD, HOLDER, NEXT)).notified(OLD, NEXT).to_notify == (HOLDER,)


def test_a_deployment_that_asked_again_in_the_meantime_is_still_to_be_notified() -> None:
    again = replace(OLD, task_token="another")
    assert replace(HELD, to_notify=(again,)).notified(OLD).to_notify == (again,)


def test_tokens_are_not_in_what_is_logged() -> None:
    assert "token-" not in repr(replace(HELD, waiting=(NEXT,), to_notify=(HOLDER,)))


@dataclass
class Line:
    """A target to which anything happens that deployments, rollbacks and the repair do."""

    lease: Lease = field(default_factory=lambda: Lease(TARGET))
    due: set[str] = field(default_factory=set)
    """The executions that want the target, and have neither ended nor been superseded or interrupted."""
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
            case "notified":
                self.notify(*before.to_notify[: 1 + number % 3])
        self.check(before)

    def join(self, number: int) -> None:
        self.tries += 1
        asking = contender(number, self.tries)
        holder = self.lease.holder
        self.lease = self.lease.joined(asking)
        self.due.add(asking.owner)
        if holder and holder.release is None:
            assert asking in self.lease.waiting
        else:
            assert asking in (*self.lease.waiting, *self.lease.to_notify)

    def end(self, owner: str) -> None:
        before = self.lease
        self.lease = before.ended(owner)
        self.due.discard(owner)
        if before.waiting and before.holder and before.holder.owner == owner:
            newest = max(before.waiting, key=lambda each: each.started_at)
            assert self.lease.holder == replace(newest, task_token=None)
            assert set(before.waiting) <= set(self.lease.to_notify)

    def take_over(self, by: Contender) -> None:
        before = self.lease.holder
        self.lease = self.lease.taken_over(by, BEFORE)
        self.due -= {before.owner} if before else set()
        self.due.add(by.owner)

    def notify(self, *notified: Contender) -> None:
        self.lease = self.lease.notified(*notified)
        self.due -= {each.owner for each in notified} - {self.lease.holder.owner if self.lease.holder else ""}

    def check(self, before: Lease) -> None:
        lease = self.lease
        in_line = [each.owner for each in (*lease.waiting, *lease.to_notify)]
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


WHAT = st.sampled_from(["joined", "joined", "joined", "ended", "the holder ended", "taken over", "fenced", "notified"])


@given(st.lists(st.tuples(WHAT, st.integers(1, 8)), max_size=60))
def test_whatever_happens_each_holder_has_its_own_number_the_newest_is_next_and_nobody_is_lost(
    events: list[tuple[str, int]],
) -> None:
    line = Line()
    for what, number in events:
        line.happen(what, number)


def configuration(number: int) -> Contender:
    """A change of configuration alone; the number is that of its promotion, as of all."""
    plain = contender(number)
    assert plain.release
    return replace(plain, release=replace(plain.release, configuration_of={"prod": f"tag{number}"}))


def test_a_configuration_gives_way_to_an_artifact_that_waits_whichever_was_started_later() -> None:
    ended = HELD.joined(NEXT).joined(configuration(4)).ended(HOLDER.owner)
    assert ended.holder == replace(NEXT, task_token=None)
    assert configuration(4) in ended.to_notify


def test_a_configuration_is_told_at_once_that_an_artifact_is_on_its_way() -> None:
    assert HELD.joined(configuration(4)) == replace(HELD, to_notify=(configuration(4),))


@pytest.mark.parametrize("artifact", [OLD, NEWEST])
def test_an_artifact_waits_for_a_configuration_and_is_never_superseded_by_it(artifact: Contender) -> None:
    held = replace(HELD, holder=configuration(2))
    assert held.joined(artifact) == replace(held, waiting=(artifact,))


def test_of_two_configurations_the_newer_one_counts() -> None:
    held = replace(HELD, holder=configuration(2))
    assert held.joined(configuration(1)).to_notify == (configuration(1),)
    assert held.joined(configuration(3)).waiting == (configuration(3),)
