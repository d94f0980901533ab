from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.errors import NoPreviousRevisionError
from gantry.promotion.lease import Contender, RestorePoint, RolledBackRelease
from gantry.promotion.ledger import HistoryEntry, Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.release import Release
from gantry.promotion.rollback import (
    Wish,
    deployed_versions,
    is_release,
    quarantines,
    recorded,
    release_to_leave,
    strayed_to,
    version_to_restore,
)
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing

ANY = Wish()
ROLLBACK = "arn:rollback"
AT = "2026-11-22T12:00:00.000Z"


def digest_of(release: int) -> str:
    return f"sha256:{release:064x}"


def version(number: int, release: int, hour: int = 0) -> LiveRevision:
    since = f"2026-11-22T{hour:02}:00:00.000Z"
    return LiveRevision(str(number), digest_of(release), since, f"tag{release}", f"revision-{release}")


def live(function: str, current: LiveRevision, *lineage: LiveRevision) -> Live:
    return Live("cowsay", "prod", Target("444444444444", "us-east-1", function, "live"), current, lineage)


def deployment(release: int, minute: int = 0) -> Contender:
    since = f"2026-11-22T12:{minute:02}:00.000Z"
    carried = Release("cowsay", digest_of(release), f"revision-{release}", f"tag{release}")
    return Contender("arn:owner", "cowsay", "prod", since, "2026-11-22T11:59:00.000Z", carried)


def key(release: int) -> tuple[str, str]:
    return (digest_of(release), f"revision-{release}")


ONE = live("one", version(8, 3, hour=11), version(7, 2), version(5, 1))
OTHER = live("other", version(4, 2, hour=10), version(3, 1))


def test_what_became_live_last_on_any_target_is_left() -> None:
    assert release_to_leave([OTHER, ONE], []) == key(3)


def test_what_is_in_flight_is_left_before_anything_that_is_live() -> None:
    assert release_to_leave([ONE, OTHER], [deployment(4)]) == key(4)


def test_of_several_in_flight_the_newest_is_left() -> None:
    assert release_to_leave([ONE], [deployment(4, minute=1), deployment(6, minute=3), deployment(5, minute=2)]) == key(
        6
    )


def test_another_rollback_that_is_under_way_leaves_nothing_itself() -> None:
    assert release_to_leave([OTHER, ONE], [replace(deployment(4), release=None)]) == key(3)


def test_a_rollback_that_missed_a_target_is_finished_by_the_next_one() -> None:
    missed = live("other", version(4, 3, hour=11), version(3, 2))
    done = ONE.after_rollback(version(7, 2, hour=12))
    leave = release_to_leave([done, missed], [])
    assert leave == key(3)
    assert [version_to_restore(each, leave, ANY) for each in (done, missed)] == [done.current, version(3, 2)]


def test_what_became_live_last_is_left_even_when_it_was_live_before() -> None:
    again = live("one", version(9, 2, hour=12), version(8, 3), version(7, 2))
    not_reached = live("other", version(4, 3, hour=11), version(3, 2))
    assert release_to_leave([not_reached, again], []) == key(2)


def test_a_target_that_runs_the_release_goes_back_to_the_version_before() -> None:
    assert version_to_restore(ONE, key(3), ANY) == version(7, 2)


def test_a_target_that_the_release_has_not_reached_keeps_its_version() -> None:
    assert version_to_restore(OTHER, key(3), ANY) == OTHER.current


def test_a_target_on_which_the_release_is_only_a_canary_keeps_its_stable_version() -> None:
    leave = release_to_leave([ONE], [deployment(4)])
    assert version_to_restore(ONE, leave, ANY) == ONE.current


def test_the_same_image_with_another_configuration_is_another_release() -> None:
    leave = (digest_of(3), "revision-9")
    assert version_to_restore(ONE, leave, ANY) == ONE.current


def test_a_version_that_is_asked_for_is_restored_with_what_the_ledger_knows_of_it() -> None:
    assert version_to_restore(ONE, key(3), Wish(version="5")) == version(5, 1)
    assert version_to_restore(ONE, key(3), Wish(version="8")) == ONE.current


def test_of_a_version_that_the_ledger_does_not_know_it_says_so() -> None:
    assert version_to_restore(ONE, key(3), Wish(version="6")) is None


def test_a_digest_that_is_asked_for_is_restored_on_each_target_by_its_own_version() -> None:
    wish = Wish(digest=digest_of(1))
    assert [version_to_restore(each, key(3), wish) for each in (ONE, OTHER)] == [version(5, 1), version(3, 1)]


def test_a_digest_that_was_never_live_there_is_refused_with_what_was() -> None:
    with pytest.raises(NoPreviousRevisionError) as raised:
        version_to_restore(OTHER, key(3), Wish(digest=digest_of(9)))
    assert str(raised.value) == (
        f"The ledger knows no version with the digest {digest_of(9)} on {OTHER.target.id}. "
        "It knows these: version 4 (tag2), version 3 (tag1). "
        'Any other can be named with "version": "<number>"'
    )


def test_before_a_first_version_there_is_nothing_to_go_back_to() -> None:
    first = live("one", version(1, 1))
    with pytest.raises(NoPreviousRevisionError, match="knows nothing that was live before version 1 on"):
        version_to_restore(first, key(1), ANY)


@given(st.data())
def test_repeated_rollbacks_of_several_targets_never_bring_a_left_release_back(data: st.DataObject) -> None:
    """Releases reach the targets in order and not all of them reach each; then somebody rolls back until the end."""
    lives = [
        live(
            f"target{at}", *[version(len(reached) - nth, release, hour=release) for nth, release in enumerate(reached)]
        )
        for at in range(3)
        for reached in [sorted(data.draw(st.sets(st.integers(1, 8), min_size=1)), reverse=True)]
    ]
    left: list[tuple[str, str | None]] = []
    for hour in range(9, 24):
        leave = release_to_leave(lives, [])
        if any(each.current.release == leave and not each.lineage for each in lives):
            break
        left.append(leave)
        restored = [version_to_restore(each, leave, ANY) for each in lives]
        lives = [
            each.after_rollback(
                LiveRevision(to.version, to.image_digest, f"2026-11-22T{hour:02}", to.tag, to.manifest_revision)
            )
            for each, to in zip(lives, restored, strict=True)
            if to
        ]
        assert len(lives) == 3
        assert not {each.current.release for each in lives} & set(left)


def left(release: int, version: int | None = None) -> RolledBackRelease:
    return RolledBackRelease(*key(release), version=str(version) if version else None)


def test_a_release_that_was_live_goes_into_quarantine_when_an_older_version_takes_over() -> None:
    assert quarantines(left(3, version=8), version(7, 2))


def test_version_numbers_are_compared_as_numbers() -> None:
    assert quarantines(left(3, version=10), version(9, 2))
    assert not quarantines(left(3, version=9), version(10, 4))


def test_a_release_in_flight_goes_into_quarantine() -> None:
    assert quarantines(left(4), version(8, 3))


@pytest.mark.parametrize("number", [8, None])
def test_when_the_same_image_goes_on_running_its_configuration_was_to_blame(number: int | None) -> None:
    assert not quarantines(
        RolledBackRelease(digest_of(3), "revision-9", str(number) if number else None), version(7, 3)
    )


def test_going_forward_again_puts_nothing_into_quarantine() -> None:
    assert not quarantines(left(2, version=7), version(8, 3))


def restore_point(number: int, release: int, leaving: RolledBackRelease | None) -> RestorePoint:
    return RestorePoint(
        str(number), digest_of(release), f"tag{release}", f"revision-{release}", leaving, "8 with 10 % on 9"
    )


def test_what_is_restored_is_live_since_it_was_recorded_and_keeps_what_is_known_of_it() -> None:
    known = replace(version(7, 2), configuration={"memory_mb": "7"}, promotion_started_at="2026-11-22T06:59:00.000Z")
    record = replace(ONE, lineage=(known, *ONE.lineage[1:]))
    now_live, _, _ = recorded(record, restore_point(7, 2, left(3, version=8)), ROLLBACK, AT)
    assert now_live == replace(record, current=replace(known, since=AT, execution=ROLLBACK), lineage=record.lineage[1:])


def test_what_stays_live_is_live_since_it_was_before() -> None:
    now_live, _, _ = recorded(ONE, restore_point(8, 3, left(4)), ROLLBACK, AT)
    assert now_live == ONE


def test_the_history_tells_what_was_restored_and_what_was_left_with_everything_else_that_is_known() -> None:
    leaving = left(3, version=8)
    _, entry, _ = recorded(ONE, restore_point(7, 2, leaving), ROLLBACK, AT, stopped=["arn:deployment"])
    assert entry == HistoryEntry(
        "cowsay",
        AT,
        "rolled_back",
        ROLLBACK,
        "prod",
        ONE.target_id,
        {
            "target_id": ONE.target_id,
            "before": "8 with 10 % on 9",
            "version": "7",
            "image_digest": digest_of(2),
            "tag": "tag2",
            "manifest_revision": "revision-2",
            "left": {"image_digest": digest_of(3), "manifest_revision": "revision-3", "version": "8"},
            "stopped": ["arn:deployment"],
        },
    )


def test_a_rollback_puts_the_digest_that_it_left_into_quarantine_and_says_where() -> None:
    _, _, quarantine = recorded(ONE, restore_point(7, 2, left(3, version=8)), ROLLBACK, AT)
    assert quarantine == Quarantine("cowsay", digest_of(3), AT, "rolled back by hand in prod", ROLLBACK)


@pytest.mark.parametrize("leaving", [None, left(2)], ids=["it is not known what was left", "the same image goes on"])
def test_a_rollback_that_left_no_image_puts_none_into_quarantine(leaving: RolledBackRelease | None) -> None:
    _, entry, quarantine = recorded(ONE, restore_point(7, 2, leaving), ROLLBACK, AT)
    assert quarantine is None
    assert entry.facts["left"] == (leaving and asdict(leaving))


def test_a_version_that_never_was_live_but_gets_traffic_is_astray() -> None:
    assert strayed_to(ONE, Routing("9")) == "9"
    assert strayed_to(ONE, Routing("8", {"9": 10.0})) == "9"


@pytest.mark.parametrize("routing", [Routing("8"), Routing("7"), Routing("8", {"5": 10.0})])
def test_a_version_that_is_or_was_live_is_not_astray(routing: Routing) -> None:
    assert strayed_to(ONE, routing) is None


def test_an_image_whose_manifest_revision_is_not_known_is_any_release_of_it() -> None:
    assert is_release(version(8, 3), (digest_of(3), None))
    assert not is_release(version(8, 3), (digest_of(3), "revision-9"))
    assert not is_release(version(8, 3), (digest_of(2), None))


def test_a_target_whose_alias_is_astray_gets_back_what_is_live() -> None:
    assert version_to_restore(ONE, key(3), ANY, astray=True) == ONE.current


def test_what_was_live_longer_ago_than_the_lineage_tells_is_known_from_the_history() -> None:
    completed = HistoryEntry(
        "cowsay",
        AT,
        "deployment_completed",
        "arn:deployment",
        "prod",
        ONE.target_id,
        {"version": "2", "image_digest": digest_of(9), "tag": "tag9", "manifest_revision": "revision-9"},
    )
    others = [replace(completed, kind="rolled_back"), replace(completed, target_id=OTHER.target_id)]
    deployed = deployed_versions([*others, completed], ONE.target_id)
    expected = LiveRevision("2", digest_of(9), AT, "tag9", "revision-9", "arn:deployment")
    assert deployed == (expected,)
    for wish in (Wish(version="2"), Wish(digest=digest_of(9))):
        assert version_to_restore(ONE, key(3), wish, deployed=deployed) == expected
