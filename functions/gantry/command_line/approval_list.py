"""The open approvals, with the command that answers each."""

from typing import TYPE_CHECKING

from gantry.command_line.link_lines import draw_links
from gantry.command_line.results.approvals import OpenApproval
from gantry.command_line.words import age, left, person, release_name, several, with_what
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.board.release_links import ReleaseLinks
from gantry.use_cases.approvals.clock import now

if TYPE_CHECKING:
    from rich.console import Console

    from gantry.use_cases.services import Services

_MOST_PEOPLE = 5


def open_approvals(services: "Services", service: str | None = None) -> tuple[str, list[ListedApproval]]:
    """Return the moment, and the approvals that are open then, oldest first."""
    at = now()
    every = services.board_reading.open_approvals()
    found = [each for each in every if service in {None, each.service} and each.expires_at > at]
    return at, sorted(found, key=lambda each: each.requested_at)


def with_links(found: list[ListedApproval], services: "Services") -> list[OpenApproval]:
    """Return approvals with where their releases come from. What is live is read from the leases, if there are any."""
    leases = services.board_reading.leases() if found else []
    live = {
        (each.live_for.service, each.live_for.environment): each.live_now.source
        for each in leases
        if each.live_for and each.live_now and each.live_now.source
    }
    return [
        OpenApproval.linked(
            each, ReleaseLinks.of(each.source, live.get((each.service, each.environment)), each.execution)
        )
        for each in found
    ]


def draw_approvals(console: "Console", found: list[OpenApproval], at: str) -> None:
    """Draw each approval, with its whole id where it can be copied."""
    from rich.text import Text

    if not found:
        console.print("Nothing waits for people.")
    for each in found:
        what = f"the canary at {each.weight} % of " if each.target_id else ""
        name = with_what(release_name(each.tag, each.digest), is_configuration_only=each.configuration_only)
        console.print(Text(f"{what}{each.service} {name} for {each.environment}"))
        asked = several([person(one) for one in each.approvers], _MOST_PEOPLE)
        done = f"{len(each.approved_by)} of {each.quorum} approved"
        console.print(
            Text(f"  asked {age(each.requested_at, at)} ago, {left(each.expires_at, at)} left; {done}: {asked}")
        )
        draw_links(console, each.links)
        console.print(Text(f'→ gantry approve {each.id} --reason "…"'), soft_wrap=True)
