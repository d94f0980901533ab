"""What `evidence` promises, whatever the kind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gantry.promotion.judge.evidence import EvidenceRequest, RevisionMinute, TargetEvidence
from gantry.promotion.judge.settings import MetricQuery, QueriedMetric
from tests.unit.targets.contract.driving import share
from tests.unit.targets.contract.harness import OTHER, Harness

BEGAN = datetime(2026, 11, 22, 9, 30, 42, tzinfo=UTC)
FIRST = BEGAN.replace(second=0)
MINUTE = timedelta(minutes=1)
NOTHING = RevisionMinute(None, None)
counts = pytest.mark.needs("counts_requests")


@pytest.fixture
def request_of(harness: Harness) -> EvidenceRequest:
    """The evidence of the first four minutes, which are just complete.

    A service that shifts traffic itself knows a revision's requests only once it has begun to.
    """
    now = FIRST + 4 * MINUTE + harness.settles_within
    canary, stable = harness.make(OTHER), harness.stable().revision
    if harness.kind.capabilities.shifts_itself:
        harness.route(share(harness, stable, canary))
    return EvidenceRequest(canary, stable, BEGAN, now)


def evidence(harness: Harness, request: EvidenceRequest) -> TargetEvidence:
    return harness.kind.evidence(harness.target, request)


@counts
def test_both_revisions_are_counted_over_the_same_minutes(harness: Harness, request_of: EvidenceRequest) -> None:
    canary, stable = request_of.canary, request_of.stable or ""
    harness.serve(canary, FIRST - MINUTE, 100)
    harness.serve(canary, BEGAN, 3, failed=1)
    harness.serve(canary, FIRST + 2 * MINUTE + timedelta(seconds=59), 4)
    harness.serve(stable, BEGAN, 50, failed=2)
    harness.serve(stable, FIRST + MINUTE, 60)

    found = evidence(harness, request_of)

    assert [each.at for each in found.minutes] == [FIRST + each * MINUTE for each in range(4)]
    assert [each.canary for each in found.minutes] == [RevisionMinute(3, 1), NOTHING, RevisionMinute(4, 0), NOTHING]
    assert [each.stable for each in found.minutes] == [RevisionMinute(50, 2), RevisionMinute(60, 0), NOTHING, NOTHING]
    assert (found.complete_until, found.unknown) == (FIRST + 4 * MINUTE, ())


@counts
def test_a_minute_that_is_not_complete_does_not_count(harness: Harness, request_of: EvidenceRequest) -> None:
    harness.serve(request_of.canary, FIRST + 3 * MINUTE, 5)

    before = evidence(harness, replace(request_of, now=request_of.now - timedelta(seconds=1)))
    after = evidence(harness, request_of)

    assert [each.canary.requests for each in before.minutes] == [None] * 3
    assert [each.canary.requests for each in after.minutes] == [None] * 3 + [5]


@counts
def test_what_ends_late_is_found_in_the_minute_in_which_it_began(harness: Harness, request_of: EvidenceRequest) -> None:
    """A metric has the time of its request's beginning, and comes when the request has ended."""
    earlier = replace(request_of, now=request_of.now - MINUTE)
    harness.serve(request_of.canary, FIRST + 2 * MINUTE, 5)
    seen = evidence(harness, earlier)

    harness.serve(request_of.canary, FIRST + 3 * MINUTE, 2, failed=2)
    found = evidence(harness, request_of)

    assert found.minutes[:3] == seen.minutes
    assert found.minutes[3].canary == RevisionMinute(2, 2)


@counts
def test_before_a_minute_is_complete_nothing_is_known(harness: Harness, request_of: EvidenceRequest) -> None:
    harness.serve(request_of.canary, BEGAN, 5)

    assert evidence(harness, replace(request_of, now=FIRST + MINUTE)) == TargetEvidence()


@counts
def test_slow_requests_are_counted_when_they_are_asked_for(harness: Harness, request_of: EvidenceRequest) -> None:
    harness.serve(request_of.canary, BEGAN, 3, milliseconds=500)
    harness.serve(request_of.canary, BEGAN, 2, milliseconds=501)
    harness.serve(request_of.stable or "", BEGAN, 9, milliseconds=20)

    unasked, asked = (evidence(harness, replace(request_of, slow_after_ms=each)).minutes[0] for each in (None, 500))

    assert (unasked.canary.slow, unasked.stable.slow) == (None, None)
    assert (asked.canary.slow, asked.stable.slow) == (2, 0)


@pytest.mark.needs("counts_requests", "series of a revision")
def test_without_a_stable_revision_only_the_canary_is_counted(harness: Harness, request_of: EvidenceRequest) -> None:
    harness.serve(request_of.canary, BEGAN, 3)
    harness.serve(request_of.stable or "", BEGAN, 9)

    first = evidence(harness, replace(request_of, stable=None)).minutes[0]

    assert (first.canary, first.stable) == (RevisionMinute(3, 0), NOTHING)


def test_what_nobody_can_count_is_unknown_with_a_reason_and_never_zero(
    harness: Harness, request_of: EvidenceRequest
) -> None:
    harness.serve(request_of.canary, BEGAN, 50)
    harness.lose_evidence()

    found = evidence(harness, request_of)

    assert {(each.canary, each.stable) for each in found.minutes} <= {(NOTHING, NOTHING)}
    assert found.unknown
    assert all(found.unknown)


def test_a_query_that_cannot_be_answered_has_a_reason_or_no_values(
    harness: Harness, request_of: EvidenceRequest
) -> None:
    query = MetricQuery("checkout", {"orders": QueriedMetric("Shop", "Orders", "Sum")}, "orders", at_least=1)

    found = evidence(harness, replace(request_of, queries=(query,)))

    values = [each.canary for each in found.queries.get("checkout", ())]
    assert values == [None] * 4 or "checkout" in " ".join(found.unknown)
