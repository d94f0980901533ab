"""Events about what is done already, whether or not the bus takes them."""

from gantry.observability import logger
from gantry.promotion.errors import NotificationError
from gantry.promotion.events import Event
from gantry.use_cases.services import Services


def publish_best_effort(services: Services, event: Event) -> bool:
    """Publish an event; return False, and log it, when EventBridge does not take it."""
    try:
        services.events.publish(event)
    except NotificationError:
        logger.exception("event not published", detail_type=event.detail_type)
        return False
    return True
