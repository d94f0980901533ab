from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.approval_answer import Outcome
from gantry.promotion.environment_gate import EnvironmentGate, blocks_older
from gantry.promotion.timestamps import iso
from tests.unit.promotion.an_approval import approval, release

STARTED = datetime(2026, 11, 22, 9, tzinfo=UTC)
IN_TIME, EXPIRES = "2026-11-22T09:00:59.999Z", "2026-11-22T09:01:00.000Z"


def gate(milliseconds: int, execution: str) -> EnvironmentGate:
    at = iso(STARTED + timedelta(milliseconds=milliseconds))
    return EnvironmentGate(f"approval-{execution}", "cowsay 4f0c2d1", execution, at)


# Few enough that some are started in the same millisecond, and that some are the same.
gates = st.builds(gate, st.integers(0, 3), st.sampled_from(["arn:one", "arn:two"]))


@pytest.mark.parametrize(("tag", "name"), [("4f0c2d1", "cowsay 4f0c2d1"), (None, f"cowsay sha256:{'a' * 64}")])
def test_a_gate_holds_the_release_of_an_approval(tag: str | None, name: str) -> None:
    assert EnvironmentGate.of(approval(release=release(tag=tag))) == EnvironmentGate(
        "one", name, "arn:one", "2026-11-22T08:00:00.000Z"
    )


@pytest.mark.parametrize(
    ("outcome", "now", "deciding"),
    [
        (None, IN_TIME, "is_running"),
        (None, EXPIRES, None),
        ("approved", IN_TIME, "not is_quarantined"),
        ("approved", EXPIRES, "not is_quarantined"),
        *((turned_down, IN_TIME, None) for turned_down in ("rejected", "expired", "superseded", "undeliverable")),
    ],
)
@pytest.mark.parametrize("is_running", [True, False])
@pytest.mark.parametrize("is_quarantined", [True, False])
def test_a_newer_release_blocks_older_ones_while_it_may_still_arrive_or_has_arrived(
    outcome: Outcome | None, now: str, deciding: str | None, is_running: bool, is_quarantined: bool
) -> None:
    expected = {"is_running": is_running, "not is_quarantined": not is_quarantined, None: False}[deciding]
    newer = approval(outcome=outcome, expires_at=EXPIRES)
    assert blocks_older(newer, now, is_running=is_running, is_quarantined=is_quarantined) == expected


@given(st.integers(1, 10**12), st.sampled_from(["arn:one", "arn:two"]))
def test_the_promotion_that_was_started_later_is_the_newer(later: int, execution: str) -> None:
    assert gate(later, execution).is_newer_than(gate(0, "arn:one"))
    assert not gate(0, "arn:one").is_newer_than(gate(later, execution))


@given(gates, gates)
def test_of_two_promotions_one_is_the_newer_and_none_is_newer_than_itself(
    one: EnvironmentGate, other: EnvironmentGate
) -> None:
    assert one.is_newer_than(other) + other.is_newer_than(one) == (one != other)


@given(gates, gates, gates)
def test_newer_than_a_newer_one_is_newer(one: EnvironmentGate, other: EnvironmentGate, third: EnvironmentGate) -> None:
    if one.is_newer_than(other) and other.is_newer_than(third):
        assert one.is_newer_than(third)


@given(gates, gates)
def test_a_configuration_is_never_newer_than_an_artifact_and_gives_way_to_one(
    one: EnvironmentGate, other: EnvironmentGate
) -> None:
    configuration = replace(one, is_configuration_only=True)
    assert not configuration.is_newer_than(other)
    assert not configuration.keeps_out(other)
    assert other.keeps_out(configuration)
    assert not other.keeps_out(one)
