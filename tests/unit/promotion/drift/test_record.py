"""What people are told of drift, and what they know already."""

from dataclasses import replace

from gantry.promotion.drift.comparison import DriftDifference
from gantry.promotion.drift.record import LONGEST_SENTENCE, MOST_FINDINGS, DriftChanges, DriftFinding, DriftRecord
from gantry.promotion.drift.report import NewestManifest, ServiceDrift, TargetDrift
from gantry.promotion.drift.states import DriftState
from gantry.promotion.drift.telling import MOST_DIFFERENCES, drift_events, drift_message

AT, LATER = "2026-11-22T04:20:00.000Z", "2026-11-23T04:20:00.000Z"
MOVED = DriftDifference("traffic", "7", "9")
SYNCED = TargetDrift(
    "444444444444/us-east-1/cowsay/live",
    "lambda",
    "arn:live",
    "prod",
    DriftState.SYNCED,
    "7",
    "4f0c2d1",
    "sha256:a",
    "revision-2",
)
ASTRAY = replace(SYNCED, state=DriftState.OUT_OF_SYNC, differences=(MOVED,), command="gantry rollback …")
UNREACHABLE = replace(SYNCED, state=DriftState.UNKNOWN, reason="it refuses: request 1")
DEPLOYING = replace(SYNCED, state=DriftState.DEPLOYING, reason="cowsay v2 is on its way there")


def service(*targets: TargetDrift) -> ServiceDrift:
    return ServiceDrift.of("cowsay", NewestManifest("revision-2"), targets)


def record(target: TargetDrift, before: DriftRecord | None = None, at: str = AT) -> DriftRecord:
    return DriftRecord.of(service(target), before, at)


def changes(before: DriftRecord | None, target: TargetDrift) -> DriftChanges:
    return DriftChanges.between(before, record(target, before, LATER))


def test_what_is_in_sync_is_not_told() -> None:
    assert record(SYNCED).findings == ()
    assert drift_message([changes(None, SYNCED)]) is None


def test_drift_is_told_once_with_the_way_back() -> None:
    (found,) = changes(None, ASTRAY).found
    assert found.sentence == "traffic: 7 expected, 9 found"
    message = drift_message([changes(None, ASTRAY)])
    assert message
    assert message.subject == "Drift: 1 target is not as released, or not to be looked at"
    assert f"cowsay in prod: {SYNCED.id} is OUT_OF_SYNC: traffic: 7 expected, 9 found" in message.text
    assert "puts it right: gantry rollback …" in message.text

    assert drift_message([changes(record(ASTRAY), ASTRAY)]) is None


def test_drift_that_is_another_one_is_told_again_and_its_beginning_stays() -> None:
    other = replace(ASTRAY, differences=(replace(MOVED, found="10"),))
    (found,) = changes(record(ASTRAY), other).found
    assert (found.sentence, found.since) == ("traffic: 7 expected, 10 found", AT)

    (found,) = changes(record(ASTRAY), UNREACHABLE).found
    assert (found.state, found.since) == (DriftState.UNKNOWN, LATER)


def test_the_same_trouble_in_other_words_is_not_told_again() -> None:
    again = replace(UNREACHABLE, reason="it refuses: request 2")
    assert changes(record(UNREACHABLE), again).found == ()


def test_what_has_ended_is_told_once() -> None:
    ended = changes(record(ASTRAY), SYNCED)
    assert ([each.target_id for each in ended.ended], ended.found) == ([SYNCED.id], ())
    message = drift_message([ended])
    assert message
    assert message.subject == "Drift: what was found has ended"
    assert changes(record(SYNCED, record(ASTRAY)), SYNCED).ended == ()


def test_while_something_is_deployed_nothing_is_found_and_nothing_has_ended() -> None:
    for before in (None, record(ASTRAY)):
        found = changes(before, DEPLOYING)
        assert (found.found, found.ended) == ((), ())
    assert record(DEPLOYING, record(ASTRAY), LATER).findings == record(ASTRAY).findings


def test_what_is_ignored_is_not_told() -> None:
    ignored = replace(
        ASTRAY, differences=(MOVED, DriftDifference("configuration.memory_mb", "1", "2", is_ignored=True))
    )
    assert "memory_mb" not in record(ignored).findings[0].sentence


def test_what_others_wrote_is_one_visible_line_of_a_bounded_length() -> None:
    hostile = DriftDifference("configuration.environment.TEXT", "a\nb", "https://evil.example.com/\u202e" + "x" * 5000)
    many = tuple(replace(hostile, what=f"configuration.environment.X{number}") for number in range(100))
    (finding,) = record(replace(ASTRAY, differences=many)).findings
    assert len(finding.sentence) <= LONGEST_SENTENCE
    assert "\n" not in finding.sentence
    assert "https://" not in finding.sentence
    assert "\u202e" not in finding.sentence


def test_a_record_is_bounded() -> None:
    every = [replace(ASTRAY, id=f"target {number}") for number in range(MOST_FINDINGS + 1)]
    assert len(DriftRecord.of(service(*every), None, AT).findings) == MOST_FINDINGS


def test_events_say_what_differs_and_what_has_ended() -> None:
    (found,) = drift_events(changes(None, ASTRAY), service(ASTRAY))
    assert (found.detail_type, found.resources) == ("Promotion Drift Found", ("arn:live",))
    live = {"digest": "sha256:a", "tag": "4f0c2d1", "source": None, "execution": None}
    assert found.detail == live | {
        "service": "cowsay",
        "environment": "prod",
        "target": SYNCED.id,
        "since": LATER,
        "state": "OUT_OF_SYNC",
        "reason": "traffic: 7 expected, 9 found",
        "differences": [{"what": "traffic", "expected": "7", "found": "9"}],
        "command": "gantry rollback …",
        "what": "target",
        "restored_by": None,
        "not_restored": None,
    }
    (ended,) = drift_events(changes(record(ASTRAY), SYNCED), service(SYNCED))
    assert ended.detail_type == "Promotion Drift Ended"
    assert ended.detail == live | {
        "service": "cowsay",
        "environment": "prod",
        "target": SYNCED.id,
        "what": "target",
        "since": AT,
    }
    (gone,) = drift_events(changes(record(ASTRAY), SYNCED), None)
    assert (gone.detail["digest"], gone.detail["target"]) == (None, SYNCED.id)

    many = replace(ASTRAY, differences=(MOVED,) * (MOST_DIFFERENCES + 1))
    (found,) = drift_events(changes(None, many), service(many))
    assert len(found.detail["differences"]) == MOST_DIFFERENCES


def test_a_finding_is_the_same_only_in_the_same_state() -> None:
    one, other = DriftFinding.of(ASTRAY, AT), DriftFinding.of(replace(ASTRAY, state=DriftState.UNKNOWN), AT)
    assert one.is_same_as(one)
    assert not one.is_same_as(other)
    assert not one.is_same_as(None)
