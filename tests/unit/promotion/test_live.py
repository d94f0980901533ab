from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.live import LINEAGE_LENGTH, Live, LiveRevision
from gantry.promotion.release import Release
from gantry.promotion.target import Target

TARGET = Target("lambda", "444444444444", "us-east-1", "cowsay/live", "arn:aws:target")
DIGEST = "sha256:" + "a" * 64
Naming = Callable[[int], str]


def random_name(number: int) -> str:
    """What a service may call its revisions that gives them no numbers: sorting the names says nothing."""
    return sha256(str(number).encode()).hexdigest()[:8]


def falling_name(number: int) -> str:
    """Every name sorts before the name of the revision before it."""
    return f"r{1000 - number}"


def released(number: int, name: Naming = str, since: str = "2026-11-22T09:00:00.000Z") -> LiveRevision:
    """A revision as RecordRelease knows it: the ledger gives it its number."""
    digest = f"sha256:{number:064x}"
    return LiveRevision(name(number), digest, since, f"tag{number}", f"revision-{number}", "arn:one")


def revision(number: int, name: Naming = str, since: str = "2026-11-22T09:00:00.000Z") -> LiveRevision:
    """A revision as the ledger knows it: the one of that number."""
    return replace(released(number, name, since), sequence=number)


def found(number: int, name: Naming = str) -> LiveRevision:
    """A revision as InspectTarget finds it: without what only the ledger knows."""
    return LiveRevision(name(number), f"sha256:{number:064x}", "2026-11-22T10:00:00.000Z")


def live(*numbers: int, name: Naming = str, sequence: int = 0) -> Live:
    """What the ledger knows, newest first. It has given the highest of these numbers last, unless told otherwise."""
    current, *lineage = (revision(number, name) for number in numbers)
    return Live("cowsay", "prod", TARGET, current, tuple(lineage), sequence or max(numbers))


def names_of(record: Live) -> list[str]:
    return [each.revision for each in (record.current, *record.lineage)]


def numbers_of(record: Live) -> list[int | None]:
    return [each.sequence for each in (record.current, *record.lineage)]


naming = pytest.mark.parametrize("name", [str, random_name, falling_name])


def test_the_first_revision_has_the_number_1() -> None:
    first = Live.first("cowsay", "prod", TARGET, released(7))
    assert first == Live("cowsay", "prod", TARGET, replace(released(7), sequence=1), (), sequence=1)


@naming
def test_what_was_live_before_a_release_is_what_to_go_back_to(name: Naming) -> None:
    record = live(7, 6, name=name).after_release(released(8, name), found(7, name))
    assert record == live(8, 7, 6, name=name)


def test_the_same_revision_again_refreshes_what_is_known_of_it_and_not_since_when_it_is_live() -> None:
    again = replace(released(7, since="2026-12-01T00:00:00.000Z"), tag="another-tag", manifest_revision="revision-9")
    record = live(7, 6).after_release(again, found(7))
    assert record == replace(live(7, 6), current=replace(again, since=released(7).since, sequence=7))


def test_a_release_recorded_twice_leads_back_to_the_same_revisions() -> None:
    once = live(7, 6).after_release(released(8), found(7))
    assert names_of(once.after_release(released(8), found(7))) == names_of(once)


@naming
def test_a_revision_unknown_to_the_ledger_that_somebody_moved_the_traffic_to_is_the_newest(name: Naming) -> None:
    record = live(7, 6, name=name).after_change(found(5, name))
    assert names_of(record) == [name(5), name(7), name(6)]
    assert (record.current, numbers_of(record)) == (replace(found(5, name), sequence=8), [8, 7, 6])


@naming
def test_a_release_follows_what_somebody_else_moved_the_traffic_to(name: Naming) -> None:
    record = live(7, 6, name=name).after_release(released(9, name), found(8, name))
    assert names_of(record) == [name(9), name(8), name(7), name(6)]
    assert numbers_of(record) == [9, 8, 7, 6]


@naming
def test_when_somebody_went_back_by_other_means_the_lineage_goes_on_from_there(name: Naming) -> None:
    assert live(8, 7, 6, name=name).after_change(found(7, name)) == live(7, 6, name=name, sequence=8)
    record = live(8, 7, 6, name=name).after_release(released(9, name), found(7, name))
    assert record == live(9, 7, 6, name=name)


def test_nothing_has_changed_when_the_traffic_is_where_the_ledger_says() -> None:
    assert live(7, 6).after_change(found(7)) == live(7, 6)


def test_an_unchanged_release_where_somebody_went_back_does_not_lead_back_to_itself() -> None:
    assert names_of(live(8, 7, 6).after_release(released(7), found(7))) == ["7", "6"]


def test_a_revision_that_is_live_once_more_does_not_lead_back_to_itself() -> None:
    """Somebody moved the traffic away from 8, and the same release was promoted again."""
    record = live(8, 7).after_release(released(8), found(4))
    assert (names_of(record), numbers_of(record)) == (["8", "4", "7"], [10, 9, 7])


@naming
def test_a_rollback_drops_what_became_live_after_the_restored_revision(name: Naming) -> None:
    assert live(8, 7, 6, 5, name=name).after_rollback(released(6, name)) == live(6, 5, name=name, sequence=8)


def test_a_rollback_to_what_is_live_changes_nothing() -> None:
    recorded = live(7, 6)
    assert recorded.after_rollback(revision(7, since="2026-12-01T00:00:00.000Z")) == recorded


def test_a_rollback_recorded_twice_is_recorded_once() -> None:
    once = live(8, 7, 6).after_rollback(revision(7))
    assert once.after_rollback(revision(7)) == once


@naming
@pytest.mark.parametrize("number", [4, 9])
def test_a_revision_unknown_to_the_ledger_takes_the_place_of_the_one_that_was_rolled_back(
    name: Naming, number: int
) -> None:
    record = live(8, 7, 5, name=name).after_rollback(found(number, name))
    assert names_of(record) == [name(number), name(7), name(5)]
    assert numbers_of(record) == [8, 7, 5]


def test_a_revision_that_only_the_history_knows_gets_its_place_by_its_number() -> None:
    """It was rolled back before, or was live longer ago than the lineage goes back."""
    assert live(8, 6, 3).after_rollback(revision(7)) == live(7, 6, 3, sequence=8)
    assert live(6, 3, sequence=8).after_rollback(revision(7)) == live(7, 6, 3, sequence=8)
    assert live(8, 7).after_rollback(revision(2)) == live(2, sequence=8)


@naming
def test_no_number_is_given_twice_although_there_was_a_rollback(name: Naming) -> None:
    back = live(8, 7, 6, name=name).after_rollback(revision(6, name))
    record = back.after_release(released(9, name), found(6, name))
    assert (names_of(record), numbers_of(record)) == ([name(9), name(6)], [9, 6])


@dataclass
class History:
    """A target to which anything happens that people and pipelines do."""

    name: Naming = str
    published: int = 1
    traffic: int = 1
    record: Live = field(init=False)

    def __post_init__(self) -> None:
        self.record = Live.first("cowsay", "prod", TARGET, released(1, self.name))

    def release(self, number: int) -> None:
        before, self.traffic = self.traffic, number
        self.record = self.record.after_release(released(number, self.name), found(before, self.name))

    def happen(self, what: str, number: int) -> None:
        match what:
            case "a new release":
                self.published += 1
                self.release(self.published)
            case "the last published one again":
                self.release(self.published)
            case "what is live again":
                self.release(self.traffic)
            case "a rollback" if self.record.lineage:
                self.roll_back(self.record.lineage[0])
            case "a rollback to a revision":
                self.roll_back(found(1 + number % self.published, self.name))
            case "somebody moves the traffic":
                self.traffic = 1 + number % self.published

    def roll_back(self, to: LiveRevision) -> None:
        self.record = self.record.after_rollback(to)
        self.traffic = int(to.digest.removeprefix("sha256:"), 16)


WHAT = st.sampled_from(
    [
        "a new release",
        "a new release",
        "the last published one again",
        "what is live again",
        "a rollback",
        "a rollback to a revision",
        "somebody moves the traffic",
    ]
)
EVENTS = st.lists(st.tuples(WHAT, st.integers(0, 40)), max_size=60)


@given(EVENTS)
def test_whatever_happens_repeated_rollbacks_lead_back_and_never_forward(events: list[tuple[str, int]]) -> None:
    history = History()
    for what, number in events:
        history.happen(what, number)
    record, visited = history.record, [history.record.current.revision]
    expected = names_of(record)
    while record.lineage:
        record = record.after_rollback(record.lineage[0])
        visited.append(record.current.revision)
    assert visited == expected
    assert len(visited) == len(set(visited))


@given(EVENTS)
def test_whatever_happens_the_lineage_leads_at_most_twenty_revisions_back(events: list[tuple[str, int]]) -> None:
    history = History()
    for what, number in events:
        history.happen(what, number)
        assert len(history.record.lineage) <= LINEAGE_LENGTH


@given(EVENTS)
def test_whatever_happens_the_names_of_the_revisions_decide_nothing(events: list[tuple[str, int]]) -> None:
    by_number, by_random_name, falling = History(), History(random_name), History(falling_name)
    for what, number in events:
        for history in (by_number, by_random_name, falling):
            history.happen(what, number)
    assert names_of(by_random_name.record) == [random_name(int(each)) for each in names_of(by_number.record)]
    assert names_of(falling.record) == [falling_name(int(each)) for each in names_of(by_number.record)]
    assert numbers_of(by_number.record) == numbers_of(by_random_name.record) == numbers_of(falling.record)


@given(EVENTS)
def test_whatever_happens_numbers_fall_along_the_lineage_and_each_new_one_is_higher_than_all_before(
    events: list[tuple[str, int]],
) -> None:
    history, given_so_far = History(), {1}
    for what, number in events:
        before = history.record
        history.happen(what, number)
        numbers = [each or 0 for each in numbers_of(history.record)]
        assert numbers == sorted(set(numbers), reverse=True)
        if history.record.sequence != before.sequence:
            new = range(before.sequence + 1, history.record.sequence + 1)
            assert not given_so_far & set(new)
            given_so_far.update(new)
        assert history.record.sequence == max(given_so_far)
        assert set(numbers) <= given_so_far


def test_the_lineage_keeps_the_newest_sixteen() -> None:
    history = History()
    for _ in range(30):
        history.happen("a new release", 0)
    assert LINEAGE_LENGTH == 16
    assert names_of(history.record) == [str(number) for number in range(31, 14, -1)]


@pytest.mark.parametrize(
    ("known", "text"),
    [(revision(7), "version 7 (tag7)"), (LiveRevision("7", DIGEST, "2026"), f"version 7 ({DIGEST})")],
)
def test_a_revision_is_shown_with_its_tag_if_it_has_one(known: LiveRevision, text: str) -> None:
    assert str(known) == text


def with_knowledge(number: int) -> LiveRevision:
    evidence = {"weight": 10, "verdict": "healthy", "requests": number}
    return replace(revision(number), configuration={"memory_mb": str(number)}, evidence=(evidence,))


def test_what_is_known_of_a_revision_stays_with_it_when_it_is_live_again() -> None:
    known = replace(
        with_knowledge(7), promotion_started_at="2026-11-22T08:30:00.000Z", artifact_version="3sL4kqtJlcpXroDTDmJ"
    )
    before = replace(live(8), lineage=(known, revision(6)))
    restored = before.after_rollback(released(7, since="2026-12-01T00:00:00.000Z"))
    assert restored.current == replace(known, since="2026-12-01T00:00:00.000Z")


def test_what_is_known_of_a_revision_goes_with_it_into_the_lineage() -> None:
    record = replace(live(7), current=with_knowledge(7)).after_release(with_knowledge(8), found(7))
    assert (record.current, record.lineage) == (with_knowledge(8), (with_knowledge(7),))


def test_the_same_revision_again_has_a_new_configuration_and_keeps_how_its_canary_did() -> None:
    again = replace(with_knowledge(7), configuration={"memory_mb": "7", "role": "arn"}, evidence=())
    record = replace(live(7), current=with_knowledge(7)).after_release(again, found(7))
    assert record.current == replace(again, evidence=with_knowledge(7).evidence)


@pytest.mark.parametrize("evidence", [None, ()])
def test_the_same_revision_again_does_not_say_how_its_canary_did_when_that_is_not_known(
    evidence: tuple[()] | None,
) -> None:
    before = replace(revision(7), evidence=evidence)
    record = replace(live(7), current=before).after_release(replace(with_knowledge(7), evidence=()), found(7))
    assert record.current == replace(with_knowledge(7), evidence=evidence)


def test_what_a_release_does_not_say_of_the_same_revision_stays_known() -> None:
    known = replace(with_knowledge(7), promotion_started_at="2026-11-22T08:30:00.000Z")
    record = replace(live(7), current=known).after_release(released(7), found(7))
    assert record.current == known


def test_a_record_knows_what_is_live_and_what_there_is_to_go_back_to() -> None:
    assert [live(8, 7, 6).known(each) for each in ("8", "6", "5")] == [revision(8), revision(6), None]


def test_a_record_belongs_to_its_target() -> None:
    assert live(7).target_id == TARGET.id


def test_a_revision_belongs_to_a_release_by_artifact_and_configuration() -> None:
    assert revision(7).release == (f"sha256:{7:064x}", "revision-7")
    assert found(7).release == (f"sha256:{7:064x}", None)


@pytest.mark.parametrize("is_alone", [False, True])
@pytest.mark.parametrize(("artifact", "configuration"), [(1, 3), (3, 1), (1, 1), (3, 3), (3, None), (1, None)])
def test_configurations_hold_up_each_other_and_no_artifact(
    artifact: int, configuration: int | None, *, is_alone: bool
) -> None:
    def at(minute: int) -> str:
        return f"2026-11-22T09:{minute:02}:00.000Z"

    known = replace(
        revision(7),
        promotion_started_at=at(artifact),
        configuration_started_at=None if configuration is None else at(configuration),
    )
    image = Artifact(ArtifactKind.CONTAINER_IMAGE, DIGEST, "cowsay")
    release = Release("cowsay", image, "revision-2", configuration_of={"prod": "x"} if is_alone else None)
    assert known.is_newer_than(release, at(2)) is (artifact == 3 or (is_alone and configuration == 3))
