from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.ledger import LINEAGE_LENGTH, Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.target import Target

TARGET = Target("444444444444", "us-east-1", "cowsay", "live")
DIGEST = "sha256:" + "a" * 64


def version(number: int, since: str = "2026-11-22T09:00:00.000Z") -> LiveRevision:
    return LiveRevision(str(number), f"sha256:{number:064x}", since, f"tag{number}", f"revision-{number}", "arn:one")


def found(number: int) -> LiveRevision:
    """A version as InspectTarget tells it: without what only the ledger knows."""
    return LiveRevision(str(number), f"sha256:{number:064x}", "2026-11-22T10:00:00.000Z")


def live(*numbers: int) -> Live:
    current, *lineage = map(version, numbers)
    return Live("cowsay", "prod", TARGET, current, tuple(lineage))


def numbers_of(record: Live) -> list[int]:
    return [int(each.version) for each in (record.current, *record.lineage)]


def test_what_was_live_before_a_release_is_what_to_go_back_to() -> None:
    assert live(7, 6).after_release(version(8), found(7)) == live(8, 7, 6)


def test_the_same_version_again_refreshes_what_is_known_of_it_and_not_since_when_it_is_live() -> None:
    again = replace(version(7, since="2026-12-01T00:00:00.000Z"), tag="another-tag", manifest_revision="revision-9")
    record = live(7, 6).after_release(again, found(7))
    assert record.lineage == live(7, 6).lineage
    assert record.current == replace(again, since=version(7).since)


def test_a_release_recorded_twice_is_recorded_once() -> None:
    once = live(7, 6).after_release(version(8), found(7))
    assert once.after_release(version(8), found(7)) == once


def test_a_newer_version_that_somebody_else_put_there_was_live_too() -> None:
    record = live(7, 6).after_release(version(9), found(8))
    assert numbers_of(record) == [9, 8, 7, 6]
    assert record.lineage[0] == found(8)


def test_when_somebody_went_back_by_other_means_that_is_where_the_lineage_goes_on() -> None:
    record = live(8, 7, 6).after_release(version(9), found(7))
    assert record == live(9, 7, 6)


def test_an_unchanged_release_where_somebody_went_back_does_not_lead_back_to_itself() -> None:
    assert numbers_of(live(8, 7, 6).after_release(version(7), found(7))) == [7, 6]


def test_a_rollback_drops_what_came_after_the_restored_version() -> None:
    assert live(8, 7, 6, 5).after_rollback(version(6)) == live(6, 5)


def test_a_rollback_to_what_is_live_changes_nothing() -> None:
    recorded = live(7, 6)
    assert recorded.after_rollback(version(7, since="2026-12-01T00:00:00.000Z")) == recorded


def test_a_rollback_recorded_twice_is_recorded_once() -> None:
    once = live(8, 7, 6).after_rollback(version(7))
    assert once.after_rollback(version(7)) == once


def test_from_an_older_version_that_the_ledger_does_not_know_there_is_no_way_forward() -> None:
    assert numbers_of(live(8, 7, 5, 2).after_rollback(found(4))) == [4, 2]


def test_from_a_newer_version_that_the_ledger_does_not_know_the_way_back_is_the_whole_lineage() -> None:
    assert numbers_of(live(7, 6).after_rollback(found(8))) == [8, 7, 6]


@dataclass
class History:
    """A target to which anything happens that people and pipelines do; Lambda never gives a number twice."""

    record: Live = field(default_factory=lambda: live(1))
    alias: int = 1
    published: int = 1

    def release(self, number: int) -> None:
        before, self.alias = self.alias, number
        self.record = self.record.after_release(version(number), found(before))

    def happen(self, what: str, number: int) -> None:
        match what:
            case "a new release":
                self.published += 1
                self.release(self.published)
            case "the last published one again":
                self.release(self.published)
            case "what is live again":
                self.release(self.alias)
            case "a rollback" if self.record.lineage:
                self.roll_back(self.record.lineage[0])
            case "a rollback to a version":
                self.roll_back(found(1 + number % self.published))
            case "somebody moves the alias":
                self.alias = 1 + number % self.published

    def roll_back(self, to: LiveRevision) -> None:
        self.record, self.alias = self.record.after_rollback(to), int(to.version)


EVENTS = st.sampled_from(
    [
        "a new release",
        "a new release",
        "the last published one again",
        "what is live again",
        "a rollback",
        "a rollback to a version",
        "somebody moves the alias",
    ]
)


@given(st.lists(st.tuples(EVENTS, st.integers(0, 40)), max_size=60))
def test_whatever_happens_repeated_rollbacks_walk_back_and_never_forward(events: list[tuple[str, int]]) -> None:
    history = History()
    for what, number in events:
        history.happen(what, number)
    record, visited = history.record, [history.record.current.version]
    expected = [str(number) for number in numbers_of(record)]
    while record.lineage:
        record = record.after_rollback(record.lineage[0])
        visited.append(record.current.version)
    assert visited == expected
    assert len(visited) == len(set(visited))


@given(st.lists(st.tuples(EVENTS, st.integers(0, 40)), max_size=60))
def test_whatever_happens_the_lineage_leads_at_most_twenty_versions_back(events: list[tuple[str, int]]) -> None:
    history = History()
    for what, number in events:
        history.happen(what, number)
        assert len(history.record.lineage) <= LINEAGE_LENGTH


def test_the_lineage_keeps_the_newest_twenty() -> None:
    history = History()
    for _ in range(30):
        history.happen("a new release", 0)
    assert LINEAGE_LENGTH == 20
    assert numbers_of(history.record) == list(range(31, 10, -1))


@pytest.mark.parametrize(
    ("known", "told"),
    [(version(7), "version 7 (tag7)"), (LiveRevision("7", DIGEST, "2026"), f"version 7 ({DIGEST})")],
)
def test_a_version_is_told_by_its_tag_where_it_has_one(known: LiveRevision, told: str) -> None:
    assert str(known) == told


def with_knowledge(number: int) -> LiveRevision:
    evidence = {"weight": 10, "verdict": "healthy", "invocations": number}
    return replace(version(number), configuration={"memory_mb": str(number)}, evidence=(evidence,))


def test_what_is_known_of_a_version_stays_with_it_when_it_is_live_again() -> None:
    known = replace(with_knowledge(7), promotion_started_at="2026-11-22T08:30:00.000Z")
    restored = replace(live(8), lineage=(known, version(6))).after_rollback(
        version(7, since="2026-12-01T00:00:00.000Z")
    )
    assert restored.current == replace(known, since="2026-12-01T00:00:00.000Z")


def test_what_is_known_of_a_version_goes_with_it_into_the_lineage() -> None:
    record = replace(live(7), current=with_knowledge(7)).after_release(with_knowledge(8), found(7))
    assert (record.current, record.lineage) == (with_knowledge(8), (with_knowledge(7),))


def test_the_same_version_again_has_a_new_configuration_and_keeps_how_its_canary_did() -> None:
    again = replace(with_knowledge(7), configuration={"memory_mb": "7", "role": "arn"}, evidence=())
    record = replace(live(7), current=with_knowledge(7)).after_release(again, found(7))
    assert record.current == replace(again, evidence=with_knowledge(7).evidence)


@pytest.mark.parametrize("evidence", [None, ()])
def test_the_same_version_again_does_not_tell_how_its_canary_did_where_that_is_not_known(
    evidence: tuple[()] | None,
) -> None:
    before = replace(version(7), evidence=evidence)
    record = replace(live(7), current=before).after_release(replace(with_knowledge(7), evidence=()), found(7))
    assert record.current == replace(with_knowledge(7), evidence=evidence)


def test_what_a_release_does_not_tell_of_the_same_version_stays_known() -> None:
    record = replace(live(7), current=with_knowledge(7)).after_release(version(7), found(7))
    assert record.current == with_knowledge(7)


def test_a_record_knows_what_is_live_and_what_there_is_to_go_back_to() -> None:
    assert [live(8, 7, 6).known(each) for each in ("8", "6", "5")] == [version(8), version(6), None]


def test_a_record_belongs_to_its_target() -> None:
    assert live(7).target_id == TARGET.id


def test_a_version_belongs_to_a_release_by_code_and_configuration() -> None:
    assert version(7).release == (f"sha256:{7:064x}", "revision-7")
    assert found(7).release == (f"sha256:{7:064x}", None)


def test_a_quarantine_says_since_when_and_why_and_what_to_do() -> None:
    told = Quarantine("cowsay", DIGEST, "2026-11-22T09:00:00.000Z", "rolled back in prod", "arn:one").explain()
    assert told.startswith(f"{DIGEST} of cowsay is in quarantine since 2026-11-22T09:00:00.000Z: rolled back in prod. ")
    assert '"release_from_quarantine": "' in told
