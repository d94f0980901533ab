"""Events about what is done already, whether or not they can be put."""

from collections.abc import Mapping, Sequence
from typing import Any

from gantry.aws.notifications import EventBus
from gantry.handlers.observability import logger
from gantry.promotion.errors import NotificationError


def announce(detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()) -> bool:
    """Put an event; False, and a line in the log, when EventBridge does not take it."""
    try:
        EventBus.from_env().announce(detail_type, detail, resources)
    except NotificationError:
        logger.exception("not announced", detail_type=detail_type)
        return False
    return True
