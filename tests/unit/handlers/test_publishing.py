from gantry.promotion.events import Event
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.services import Services
from tests.unit.handlers.outages import without_bus
from tests.unit.handlers.payloads import TARGET, Said

EVENT = Event("Promotion Deployment Started", {"service": "cowsay"}, (TARGET.arn,))


def test_an_event_is_published_with_its_target_as_the_resource(services: Services, announced: Said) -> None:
    assert publish_best_effort(services, EVENT)
    (event,) = announced()
    assert (event["detail-type"], event["detail"]) == (EVENT.detail_type, EVENT.detail)
    assert event["resources"] == [TARGET.arn]


def test_an_event_that_is_refused_is_logged_and_stops_nothing(services: Services, logged: list[str]) -> None:
    without_bus(services)
    assert not publish_best_effort(services, EVENT)
    (line,) = logged
    assert EVENT.detail_type in line
