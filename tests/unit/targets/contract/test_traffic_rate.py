"""What `requests_per_second` promises, whatever the kind."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.targets.contract.harness import OTHER, Harness

UNTIL = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.mark.needs("counts_requests")
def test_the_requests_of_all_revisions_count_together(harness: Harness) -> None:
    harness.serve(harness.stable().revision, UNTIL - WEEK - timedelta(minutes=2), 5_000)
    harness.serve(harness.stable().revision, UNTIL - timedelta(days=3), 900)
    harness.serve(harness.stable(OTHER).revision, UNTIL - timedelta(hours=1), 300)
    assert harness.kind.requests_per_second(harness.target, UNTIL - WEEK, UNTIL) == 1_200 / WEEK.total_seconds()


@pytest.mark.needs("counts_requests")
def test_no_requests_are_none_and_unknown_ones_are_not(harness: Harness) -> None:
    if "zero requests" not in harness.lacks:
        assert harness.kind.requests_per_second(harness.target, UNTIL - WEEK, UNTIL) == 0
    harness.stable()
    harness.lose_evidence()
    assert harness.kind.requests_per_second(harness.target, UNTIL - WEEK, UNTIL) is None
