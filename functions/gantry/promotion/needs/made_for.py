"""Which infrastructure an older release was made for, once a rollback has restored it without waiting for any."""

from collections.abc import Mapping

from gantry.promotion.needs.finding import IN_PLACE
from gantry.promotion.visible_text import one_line


def made_for(release: str, then: Mapping[str, str], since: Mapping[str, str]) -> str:
    """Return it in one sentence, with what the release found that was rolled back; empty where it needed nothing.

    Args:
        release: the restored one, for people.
        then: what it found when it was promoted, by what it needed.
        since: what the release found that was rolled back.
    """
    if not then:
        return ""
    parts = [f"{name} {value}{_later(name, value, since)}" for name, value in then.items()]
    return one_line(f"{release} was made for {', '.join(parts)}; the infrastructure stays as it is")


def _later(name: str, value: str, since: Mapping[str, str]) -> str:
    """Return what another release found of it. A name has its place only where places had different values."""
    what, _, place = name.partition(IN_PLACE)
    found = {
        other.removeprefix(what).removeprefix(IN_PLACE): later
        for other, later in since.items()
        if other in (what, name) or (not place and other.startswith(f"{what}{IN_PLACE}"))
    }
    changed = [f"{later}{IN_PLACE}{at}" if at and not place else later for at, later in found.items() if later != value]
    return f" (later {', '.join(changed)})" if changed else ""
