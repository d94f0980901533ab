from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.live import Live, LiveRevision
from tests.unit.promotion.facts import DEV, NEW, THERE, Rows, approval, live, revision, rows_of


def record(*lives: Live) -> Rows:
    return rows_of(approval(), *lives, title="How it did so far")


def step(weight: int, **requests: int | None) -> dict[str, Any]:
    return {"weight": weight, "verdict": "healthy", **requests}


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (None, "no verdict on record"),
        ((), "all traffic at once, so not judged"),
        ((step(20, requests=120),), "healthy at 20 % (120 requests)"),
        ((step(5, requests=1), step(50, requests=0)), "healthy at 5 % (1 request), healthy at 50 % (0 requests)"),
        ((step(20, requests=None),), "healthy at 20 %"),
        ((step(20),), "healthy at 20 %"),
    ],
)
def test_the_record_has_verdicts_and_numbers_of_requests(
    evidence: tuple[Mapping[str, Any], ...] | None, words: str
) -> None:
    there = revision("3", digest=NEW, tag="4f0c2d1", manifest_revision="revision-2", evidence=evidence)
    assert record(live(there, target=DEV, environment="dev")) == [
        (f"dev, {DEV.id}", f"version 3 (4f0c2d1), since 2026-11-20 09:00 UTC (2 days 1 hour): {words}")
    ]


IT = revision("3", digest=NEW, tag="4f0c2d1", manifest_revision="revision-2", evidence=(step(20, requests=120),))
ITS_ARTIFACT = replace(IT, revision="4", manifest_revision="revision-3", since="2026-11-21T09:00:00Z", evidence=())
NEWER = revision("5", tag="5e1a77b", since="2026-11-22T09:00:00Z")
NEWEST = revision("6", tag="6d0b3aa", since="2026-11-22T10:00:00Z")
WAS_IT = "version 3 (4f0c2d1), since 2026-11-20 09:00 UTC: healthy at 20 % (120 requests); replaced by "


@pytest.mark.parametrize(
    ("revisions", "words"),
    [
        ([NEWER, IT], WAS_IT + "version 5 (5e1a77b), live since 2026-11-22 09:00 UTC"),
        ([NEWEST, NEWER, IT], WAS_IT + "version 5 (5e1a77b), live since 2026-11-22 09:00 UTC"),
        ([ITS_ARTIFACT, IT], WAS_IT + "version 4 (4f0c2d1), live since 2026-11-21 09:00 UTC"),
        (
            [ITS_ARTIFACT],
            "version 4 (4f0c2d1) with another manifest revision, since 2026-11-21 09:00 UTC (1 day 1 hour): all "
            "traffic at once, so not judged",
        ),
        (
            [NEWER, ITS_ARTIFACT],
            "version 4 (4f0c2d1) with another manifest revision, since 2026-11-21 09:00 UTC: all traffic at once, so "
            "not judged; replaced by version 5 (5e1a77b), live since 2026-11-22 09:00 UTC",
        ),
    ],
)
def test_the_record_of_a_replaced_release_names_its_successor(revisions: list[LiveRevision], words: str) -> None:
    assert record(live(*revisions, target=DEV, environment="dev")) == [(f"dev, {DEV.id}", words)]


def test_environments_are_sorted_by_when_the_release_got_there() -> None:
    later = replace(IT, since="2026-11-21T09:00:00Z")
    rows = record(live(later, target=THERE, environment="staging"), live(IT, target=DEV, environment="dev"))
    assert [label for label, _ in rows] == [f"dev, {DEV.id}", f"staging, {THERE.id}"]


@pytest.mark.parametrize(
    "lives", [(), (live(NEWER, target=DEV, environment="dev"),), (live(IT), live(NEWER, target=DEV, environment="dev"))]
)
def test_a_release_without_a_record_says_so(lives: tuple[Live, ...]) -> None:
    assert record(*lives) == [("", "There is no record of it in any other environment.")]
