from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import NoPreviousRevisionError
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Contender
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.release import Release
from gantry.promotion.restore_point import RestorePoint, RolledBackRelease
from gantry.promotion.rollback import (
    quarantines,
    records,
    release_to_leave,
    unrecorded_revision,
)
from gantry.promotion.rollback_request import ReleaseKey, RollbackRequest, is_release, revisions_to_restore
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing

ANY = RollbackRequest()
ROLLBACK = "arn:rollback"
AT = "2026-11-22T12:00:00.000Z"


def digest_of(release: int) -> str:
    return f"sha256:{release:064x}"


def revision(number: int, release: int, hour: int = 0) -> LiveRevision:
    """The revision that became live as the one of this number, with a name that says nothing about that."""
    since = f"2026-11-22T{hour:02}:00:00.000Z"
    name = name_of(number)
    return LiveRevision(name, digest_of(release), since, f"tag{release}", f"revision-{release}", sequence=number)


def name_of(number: int) -> str:
    return sha256(str(number).encode()).hexdigest()[:8]


def live(target: str, current: LiveRevision, *lineage: LiveRevision) -> Live:
    where = Target("lambda", "444444444444", "us-east-1", target, "arn:aws:target")
    return Live("cowsay", "prod", where, current, lineage, sequence=current.sequence or 0)


def deployment(release: int, minute: int = 0) -> Contender:
    since = f"2026-11-22T12:{minute:02}:00.000Z"
    image = Artifact(ArtifactKind.CONTAINER_IMAGE, digest_of(release), "cowsay")
    carried = Release("cowsay", image, f"revision-{release}", f"tag{release}")
    return Contender("arn:owner", "cowsay", "prod", since, "2026-11-22T11:59:00.000Z", carried)


def key(release: int) -> tuple[str, str]:
    return (digest_of(release), f"revision-{release}")


def revision_to_restore(live: Live, leave: ReleaseKey, request: RollbackRequest, **more: Any) -> LiveRevision | None:
    """The first one that would be right; None when the ledger does not know it."""
    return next(iter(revisions_to_restore(live, leave, request, **more)), None)


ONE = live("one", revision(8, 3, hour=11), revision(7, 2), revision(5, 1))
OTHER = live("other", revision(4, 2, hour=10), revision(3, 1))


def test_what_became_live_last_on_any_target_is_rolled_back() -> None:
    assert release_to_leave([OTHER, ONE], []) == key(3)


def test_what_is_in_flight_is_rolled_back_before_anything_that_is_live() -> None:
    assert release_to_leave([ONE, OTHER], [deployment(4)]) == key(4)


def test_the_newest_of_several_in_flight_is_rolled_back() -> None:
    assert release_to_leave([ONE], [deployment(4, minute=1), deployment(6, minute=3), deployment(5, minute=2)]) == key(
        6
    )


def test_another_rollback_that_runs_brings_no_release() -> None:
    assert release_to_leave([OTHER, ONE], [replace(deployment(4), release=None)]) == key(3)


def test_a_rollback_that_missed_a_target_is_finished_by_the_next_one() -> None:
    missed = live("other", revision(4, 3, hour=11), revision(3, 2))
    done = ONE.after_rollback(revision(7, 2, hour=12))
    leave = release_to_leave([done, missed], [])
    assert leave == key(3)
    assert [revision_to_restore(each, leave, ANY) for each in (done, missed)] == [done.current, revision(3, 2)]


def test_what_became_live_last_is_rolled_back_even_when_it_was_live_before() -> None:
    again = live("one", revision(9, 2, hour=12), revision(8, 3), revision(7, 2))
    not_reached = live("other", revision(4, 3, hour=11), revision(3, 2))
    assert release_to_leave([not_reached, again], []) == key(2)


def test_a_target_that_runs_the_release_goes_back_to_the_revision_before() -> None:
    assert revision_to_restore(ONE, key(3), ANY) == revision(7, 2)


def test_when_that_cannot_run_the_one_before_it_is_next() -> None:
    assert revisions_to_restore(ONE, key(3), ANY) == (revision(7, 2), revision(5, 1))
    assert revisions_to_restore(ONE, key(4), ANY) == (ONE.current, revision(7, 2), revision(5, 1))
    assert revisions_to_restore(ONE, key(3), RollbackRequest(name_of(7))) == (revision(7, 2),)


def test_a_tag_that_is_asked_for_is_restored_by_each_revision_that_had_it() -> None:
    again = live("one", revision(9, 1), revision(8, 3), revision(5, 1))
    assert revisions_to_restore(again, key(3), RollbackRequest(tag="tag1")) == (again.current, revision(5, 1))
    with pytest.raises(NoPreviousRevisionError, match="no version with the tag tag7 on"):
        revisions_to_restore(again, key(3), RollbackRequest(tag="tag7"))


def test_a_tag_and_a_digest_that_are_asked_for_have_to_be_one_revisions() -> None:
    both = RollbackRequest(tag="tag1", digest=digest_of(1))
    assert revisions_to_restore(ONE, key(3), both) == (revision(5, 1),)
    with pytest.raises(NoPreviousRevisionError):
        revisions_to_restore(ONE, key(3), RollbackRequest(tag="tag2", digest=digest_of(1)))


def test_a_rollback_concerns_the_targets_and_regions_that_were_named() -> None:
    where = ONE.target
    assert RollbackRequest().concerns(where)
    assert RollbackRequest(targets=(where.id,), regions=("us-east-1",)).concerns(where)
    assert not RollbackRequest(targets=(OTHER.target_id,)).concerns(where)
    assert not RollbackRequest(regions=("eu-west-1",)).concerns(where)


def test_the_quarantine_says_who_rolled_back_and_why() -> None:
    restored = replace(restore_point(7, 2, rolled_back(3, sequence=8)), started_by="alice@example.com", why="5xx")
    _, _, quarantine = records(ONE, restored, ROLLBACK, AT)
    assert quarantine
    assert quarantine.reason == "rolled back manually in prod by “alice@example.com” (“5xx”)"


def test_a_target_that_the_release_has_not_reached_keeps_its_revision() -> None:
    assert revision_to_restore(OTHER, key(3), ANY) == OTHER.current


def test_a_target_on_which_the_release_is_only_a_canary_keeps_its_stable_revision() -> None:
    leave = release_to_leave([ONE], [deployment(4)])
    assert revision_to_restore(ONE, leave, ANY) == ONE.current


def test_the_same_artifact_with_another_configuration_is_another_release() -> None:
    leave = (digest_of(3), "revision-9")
    assert revision_to_restore(ONE, leave, ANY) == ONE.current


def test_a_revision_that_is_asked_for_is_restored_with_what_the_ledger_knows_of_it() -> None:
    assert revision_to_restore(ONE, key(3), RollbackRequest(name_of(5))) == revision(5, 1)
    assert revision_to_restore(ONE, key(3), RollbackRequest(name_of(8))) == ONE.current


def test_a_revision_that_the_ledger_does_not_know_is_not_found() -> None:
    assert revision_to_restore(ONE, key(3), RollbackRequest(name_of(6))) is None


def test_a_digest_that_is_asked_for_is_restored_on_each_target_by_its_own_revision() -> None:
    wanted = RollbackRequest(digest=digest_of(1))
    assert [revision_to_restore(each, key(3), wanted) for each in (ONE, OTHER)] == [revision(5, 1), revision(3, 1)]


def test_a_digest_that_was_never_live_there_is_refused_with_what_was() -> None:
    with pytest.raises(NoPreviousRevisionError) as raised:
        revision_to_restore(OTHER, key(3), RollbackRequest(digest=digest_of(9)))
    assert str(raised.value) == (
        f"The ledger knows no version with the digest {digest_of(9)} on {OTHER.target.id}. "
        f"It knows these: version {name_of(4)} (tag2), version {name_of(3)} (tag1). "
        'Any other can be named with "version": "<version>".'
    )


def test_before_a_first_revision_there_is_nothing_to_go_back_to() -> None:
    first = live("one", revision(1, 1))
    with pytest.raises(
        NoPreviousRevisionError, match=rf"knows nothing that was live before version {name_of(1)} \(tag1\) on"
    ):
        revision_to_restore(first, key(1), ANY)


@given(st.data())
def test_repeated_rollbacks_of_several_targets_never_restore_a_release_that_was_rolled_back(
    data: st.DataObject,
) -> None:
    """Releases reach the targets in order and not all of them reach each; then somebody rolls back until the end."""
    lives = [
        live(
            f"target{at}", *[revision(len(reached) - nth, release, hour=release) for nth, release in enumerate(reached)]
        )
        for at in range(3)
        for reached in [sorted(data.draw(st.sets(st.integers(1, 8), min_size=1)), reverse=True)]
    ]
    rolled_back: list[tuple[str, str | None]] = []
    for hour in range(9, 24):
        leave = release_to_leave(lives, [])
        if any(each.current.release == leave and not each.lineage for each in lives):
            break
        rolled_back.append(leave)
        restored = [revision_to_restore(each, leave, ANY) for each in lives]
        lives = [
            each.after_rollback(replace(to, since=f"2026-11-22T{hour:02}"))
            for each, to in zip(lives, restored, strict=True)
            if to
        ]
        assert len(lives) == 3
        assert not {each.current.release for each in lives} & set(rolled_back)


def rolled_back(release: int, sequence: int | None = None) -> RolledBackRelease:
    return RolledBackRelease(*key(release), sequence=sequence)


def restore_point(number: int | None, release: int, of: RolledBackRelease | None = None) -> RestorePoint:
    """A revision that the ledger gave this number; None when it does not know it."""
    name = name_of(number) if number else "unknown"
    return RestorePoint(
        name, digest_of(release), f"tag{release}", f"revision-{release}", number, of, "8 with 10 % on 9"
    )


def test_a_release_is_quarantined_when_a_revision_that_was_live_before_it_takes_over() -> None:
    assert quarantines(rolled_back(3, sequence=8), restore_point(7, 2))


def test_numbers_are_compared_as_numbers() -> None:
    assert quarantines(rolled_back(3, sequence=10), restore_point(9, 2))
    assert not quarantines(rolled_back(3, sequence=9), restore_point(10, 4))


def test_a_release_in_flight_is_quarantined() -> None:
    assert quarantines(rolled_back(4), restore_point(8, 3))
    assert quarantines(rolled_back(4), restore_point(None, 3))


@pytest.mark.parametrize("sequence", [8, None])
def test_when_the_same_artifact_goes_on_running_its_configuration_was_to_blame(sequence: int | None) -> None:
    assert not quarantines(RolledBackRelease(digest_of(3), "revision-9", sequence), restore_point(7, 3))
    assert not quarantines(RolledBackRelease(digest_of(3), "revision-9", sequence), restore_point(None, 3))


def test_going_forward_to_a_revision_that_became_live_later_quarantines_nothing() -> None:
    assert not quarantines(rolled_back(2, sequence=7), restore_point(8, 3))


def test_going_to_a_revision_that_the_ledger_does_not_know_quarantines() -> None:
    assert quarantines(rolled_back(3, sequence=8), restore_point(None, 9))


def test_what_is_restored_is_live_since_it_was_recorded_and_keeps_what_is_known_of_it() -> None:
    known = replace(revision(7, 2), configuration={"memory_mb": "7"}, promotion_started_at="2026-11-22T06:59:00.000Z")
    record = replace(ONE, lineage=(known, *ONE.lineage[1:]))
    now_live, _, _ = records(record, restore_point(7, 2, rolled_back(3, sequence=8)), ROLLBACK, AT)
    assert now_live == replace(record, current=replace(known, since=AT, execution=ROLLBACK), lineage=record.lineage[1:])


def test_what_stays_live_is_live_since_it_was_before() -> None:
    now_live, _, _ = records(ONE, restore_point(8, 3, rolled_back(4)), ROLLBACK, AT)
    assert now_live == ONE


def test_what_only_the_history_knows_is_live_at_its_own_place() -> None:
    now_live, _, _ = records(ONE, restore_point(6, 9, rolled_back(3, sequence=8)), ROLLBACK, AT)
    assert [each.sequence for each in (now_live.current, *now_live.lineage)] == [6, 5]


def test_an_object_that_only_the_history_knows_can_be_read_again_once_it_is_live() -> None:
    restored = replace(restore_point(6, 9, rolled_back(3, sequence=8)), artifact_version="3sL4kqtJlcpXroDTDmJ")
    now_live, _, _ = records(ONE, restored, ROLLBACK, AT)
    assert now_live.current.artifact_version == "3sL4kqtJlcpXroDTDmJ"


def test_the_history_keeps_what_was_restored_and_what_was_rolled_back_with_everything_else_that_is_known() -> None:
    restored = replace(
        restore_point(7, 2, rolled_back(3, sequence=8)),
        started_by="alice@example.com",
        why="5xx since 10:00",
        notes=("Passed over: version 8 cannot run",),
    )
    _, entry, _ = records(ONE, restored, ROLLBACK, AT, stopped=["arn:deployment"])
    assert entry == HistoryEntry(
        "cowsay",
        AT,
        HistoryKind.ROLLED_BACK,
        ROLLBACK,
        "prod",
        ONE.target_id,
        {
            "target_id": ONE.target_id,
            "started_by": "alice@example.com",
            "why": "5xx since 10:00",
            "promotion": None,
            "notes": ["Passed over: version 8 cannot run"],
            "previous_routing": "8 with 10 % on 9",
            "revision": name_of(7),
            "digest": digest_of(2),
            "tag": "tag2",
            "manifest_revision": "revision-2",
            "rolled_back": {"digest": digest_of(3), "manifest_revision": "revision-3", "sequence": 8},
            "stopped": ["arn:deployment"],
        },
    )


def test_a_rollback_quarantines_the_digest_that_it_rolled_back_and_says_where() -> None:
    _, _, quarantine = records(ONE, restore_point(7, 2, rolled_back(3, sequence=8)), ROLLBACK, AT)
    assert quarantine == Quarantine("cowsay", digest_of(3), AT, "rolled back manually in prod", ROLLBACK, tag="tag3")


def test_a_release_that_never_was_live_is_quarantined_without_its_tag_which_nobody_knows() -> None:
    _, _, quarantine = records(ONE, restore_point(7, 2, rolled_back(9)), ROLLBACK, AT)
    assert quarantine
    assert (quarantine.digest, quarantine.tag) == (digest_of(9), None)


@pytest.mark.parametrize(
    "of", [None, rolled_back(2)], ids=["it is not known what was rolled back", "the same artifact goes on"]
)
def test_a_rollback_that_takes_no_artifact_off_quarantines_nothing(of: RolledBackRelease | None) -> None:
    _, entry, quarantine = records(ONE, restore_point(7, 2, of), ROLLBACK, AT)
    assert quarantine is None
    assert entry.facts["rolled_back"] == (of and asdict(of))


def test_a_revision_that_never_was_live_but_gets_traffic_is_unrecorded() -> None:
    assert unrecorded_revision(ONE, Routing("9")) == "9"
    assert unrecorded_revision(ONE, Routing(name_of(8), {"9": 10.0})) == "9"


@pytest.mark.parametrize("routing", [Routing(name_of(8)), Routing(name_of(7)), Routing(name_of(8), {name_of(5): 10.0})])
def test_a_revision_that_is_or_was_live_is_recorded(routing: Routing) -> None:
    assert unrecorded_revision(ONE, routing) is None


def test_an_artifact_whose_manifest_revision_is_not_known_is_any_release_of_it() -> None:
    assert is_release(revision(8, 3), (digest_of(3), None))
    assert not is_release(revision(8, 3), (digest_of(3), "revision-9"))
    assert not is_release(revision(8, 3), (digest_of(2), None))


def test_a_target_that_routes_to_an_unrecorded_revision_gets_back_what_is_live() -> None:
    assert revision_to_restore(ONE, key(3), ANY, is_astray=True) == ONE.current


LONG_AGO = replace(revision(2, 9), tag="tag9")


@pytest.mark.parametrize(
    "wanted", [RollbackRequest(name_of(2)), RollbackRequest(digest=digest_of(9)), RollbackRequest(tag="tag9")]
)
def test_what_was_live_longer_ago_than_the_lineage_goes_back_is_known_if_it_was_deployed(
    wanted: RollbackRequest,
) -> None:
    assert revision_to_restore(ONE, key(3), wanted, deployed=[LONG_AGO]) == LONG_AGO


def test_a_number_from_before_the_target_passed_to_another_environment_says_nothing() -> None:
    """The numbers began again there. So the revision counts as older, as one that the ledger does not know."""
    before = replace(LONG_AGO, sequence=50)
    wanted = RollbackRequest(name_of(2))
    assert revision_to_restore(ONE, key(3), wanted, deployed=[before]) == replace(before, sequence=None)


def test_of_a_configuration_alone_the_former_one_comes_back_with_the_same_artifact_and_is_remembered() -> None:
    current = replace(revision(8, 2), manifest_revision="revision-9")
    record = replace(ONE, current=current, lineage=(revision(7, 2), *ONE.lineage))
    assert revision_to_restore(record, current.release, RollbackRequest()) == revision(7, 2)
    left = RolledBackRelease(digest_of(2), "revision-9", sequence=8)
    now_live, _, quarantine = records(record, restore_point(7, 2, left), ROLLBACK, AT)
    assert (now_live.current.digest, now_live.left_manifest, quarantine) == (digest_of(2), "revision-9", None)
    assert now_live.after_release(revision(9, 3), now_live.current).left_manifest is None
