"""The promotions whose end is not known yet."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gantry.aws.running_promotions import RunningPromotions
from gantry.aws.started_promotions import StartedPromotions
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.board.listed_service import ListedService
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.release import Release
from gantry.promotion.running_promotion import RunningPromotion

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

STATES = "arn:aws:states:us-east-1:111111111111:execution:gantry-promotion"
IMAGE = Artifact(ArtifactKind.CONTAINER_IMAGE, f"sha256:{'a' * 64}", "cowsay")
ONE, TWO = (
    RunningPromotion(
        f"{STATES}:{name}", Release("cowsay", IMAGE, "r1", tag), ("dev", "prod"), "2026-11-22T09:30:00.000Z"
    )
    for name, tag in (("one", "4f0c2d1"), ("two", None))
)
REDRIVABLE_SECONDS = 14 * 24 * 3600


@pytest.fixture
def promotions(table: "Table") -> RunningPromotions:
    for each in (ONE, TWO, ONE):
        start(each, table)
    return RunningPromotions(table)


def start(promotion: RunningPromotion, table: "Table") -> None:
    entry = HistoryEntry(promotion.release.service, promotion.since, HistoryKind.PROMOTION_STARTED, promotion.execution)
    StartedPromotions(table).add(promotion, entry, ListedService("cowsay", (), promotion.since))


def test_a_promotion_runs_until_its_end_is_known(promotions: RunningPromotions) -> None:
    assert list(promotions.all()) == [ONE, TWO]
    promotions.end(ONE.execution)
    promotions.remove(TWO.execution)
    assert list(promotions.all()) == []


def test_one_that_has_ended_is_known_for_as_long_as_it_can_be_redriven(
    promotions: RunningPromotions, table: "Table"
) -> None:
    promotions.end(ONE.execution)
    assert promotions.get(ONE.execution) == ONE
    kept = table.get_item(Key={"pk": "promotion", "sk": ONE.execution})["Item"]["expires_at"]
    assert int(str(kept)) > time.time() + REDRIVABLE_SECONDS

    promotions.resume(ONE.execution)
    assert list(promotions.all()) == [ONE, TWO]
    assert "expires_at" not in table.get_item(Key={"pk": "promotion", "sk": ONE.execution})["Item"]


def test_a_services_unfinished_promotions_are_those_since_a_moment_that_have_not_completed(
    promotions: RunningPromotions, table: "Table"
) -> None:
    completed, earlier, theirs = (replace(ONE, execution=f"{STATES}:{name}") for name in ("done", "earlier", "theirs"))
    start(completed, table)
    start(replace(earlier, since="2026-11-22T09:29:59.999Z"), table)
    start(replace(theirs, release=replace(ONE.release, service="fortune")), table)
    promotions.end(ONE.execution)
    promotions.remove(completed.execution)
    assert list(promotions.unfinished("cowsay", since=ONE.since)) == [ONE, TWO]


def test_one_that_is_not_noted_stays_so(promotions: RunningPromotions) -> None:
    promotions.remove(ONE.execution)
    promotions.end(ONE.execution)
    promotions.resume(ONE.execution)
    assert promotions.get(ONE.execution) is None
