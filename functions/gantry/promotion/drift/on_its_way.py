"""How long what says elsewhere what is live may be late."""

from datetime import timedelta

from gantry.promotion.timestamps import moment

_ON_ITS_WAY = timedelta(minutes=10)
"""After a release or a rollback: the queues hand on within seconds, and try a second time after six minutes."""


def is_on_its_way(since: str, at: str) -> bool:
    """Whether a change is so new that it may not have come everywhere. Both moments are ISO 8601, UTC."""
    return moment(at) - moment(since) < _ON_ITS_WAY
