"""What automation and people are told about a release that waits for the infrastructure it needs."""

from collections.abc import Mapping, Sequence

from gantry.promotion.events import Event
from gantry.promotion.messages import Message, of_release
from gantry.promotion.needs.finding import NeedFinding
from gantry.promotion.needs.waiting import WaitingRelease
from gantry.promotion.release import Release
from gantry.promotion.release_facts import release_facts
from gantry.promotion.timestamps import readable

_MOST_NEEDS = 50
"""An entry of EventBridge has 256 KB, and 40 regions may lack the same."""


def infrastructure_awaited(release: Release, waits: WaitingRelease, unmet: Sequence[NeedFinding]) -> Event:
    """Build the event of a release that begins to wait in front of an environment."""
    needs = [
        {
            "need": str(each.need),
            "place": each.place,
            "found": each.found,
            "reason": each.reason,
            "owner": each.need.owner,
        }
        for each in unmet[:_MOST_NEEDS]
    ]
    facts = {"environment": waits.environment, "needs": needs, "until": waits.until, "execution": waits.execution}
    return Event("Promotion Infrastructure Awaited", release_facts(release) | facts)


def infrastructure_found(release: Release, waits: WaitingRelease, found: Mapping[str, str]) -> Event:
    """Build the event of a release that has waited, and goes on."""
    facts = {"environment": waits.environment, "infrastructure": dict(found), "execution": waits.execution}
    return Event("Promotion Infrastructure Found", release_facts(release) | facts)


def infrastructure_message(release: Release, waits: WaitingRelease) -> Message:
    """Say what a release waits for, and whom to ask."""
    lines = [f"{release} waits in {waits.environment} for its infrastructure:", ""]
    lines += [f"- {each}" for each in waits.unmet]
    ask = f"Ask {', '.join(waits.owners)}. " if waits.owners else ""
    lines += ["", f"{ask}It goes on by itself once all of it is there, and gives up at {readable(waits.until)}."]
    return of_release(release, f": waits in {waits.environment}", "\n".join(lines), waits.execution)
