"""Many pushes within a second."""

import pytest

from sandbox.driver.pipeline import Pipeline
from sandbox.stories.races import Race, many_services, one_service

PUSHES = SERVICES = 8
"""`make chaos` takes twenty and fifty, which keeps a small machine busy for minutes."""


@pytest.fixture(scope="module")
def one(pipeline: Pipeline) -> Race:
    return one_service(pipeline, PUSHES)


@pytest.fixture(scope="module")
def many(pipeline: Pipeline) -> Race:
    return many_services(pipeline, SERVICES)


def test_of_many_releases_of_one_service_the_newest_wins(one: Race) -> None:
    assert len(one.promotions) == PUSHES
    assert one.live == one.running == (one.newest.digest,)
    assert one.newest.outcome == "completed"


def test_and_nothing_is_lost_or_left_waiting(one: Race) -> None:
    assert one.broken == ()
    assert {each.outcome for each in one.promotions} == {"completed", "superseded"}


def test_releases_of_many_services_at_once_are_all_promoted(many: Race) -> None:
    assert len(many.promotions) == SERVICES
    assert many.broken == ()
    assert many.live == many.running == tuple(each.digest for each in many.promotions)
