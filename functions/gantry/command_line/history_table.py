"""`gantry history` for people: a line for each entry, and below it why."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gantry.command_line.results.history import Happened, History
from gantry.command_line.words import person, release_name, with_what
from gantry.promotion.history import HistoryKind
from gantry.promotion.steering import done
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import one_line, shortened

if TYPE_CHECKING:
    from rich.console import Console

_LONGEST = 200
"""Characters of a reason."""


def draw_history(console: "Console", history: History) -> None:
    """Draw the entries."""
    from rich.padding import Padding
    from rich.text import Text

    if not history.entries:
        console.print(f"Nothing of {one_line(history.service)} is on record, or nothing that is older.")
    for each in history.entries:
        console.print(Text(f"{readable(each.at)}  {_what(each)}"))
        if why := _why(each):
            console.print(Padding(Text(why), (0, 0, 0, 4)))
        if each.kind == HistoryKind.PROMOTION_STARTED and each.links.commit:
            console.print(Text(f"    {each.links.commit}"), soft_wrap=True)
    if history.before:
        console.print(Text(f"older: gantry history {history.service} --before {history.before}"), soft_wrap=True)


def _what(entry: Happened) -> str:
    facts = entry.facts
    words = [f"canary {done(facts['action'])}" if "action" in facts else entry.kind.replace("_", " ")]
    if result := facts.get("verdict") if isinstance(facts.get("verdict"), str) else facts.get("decision"):
        words.append(str(result).replace("_", " "))
    if facts.get("weight") is not None:
        words.append(f"at {facts['weight']} %")
    if named := _named(facts):
        words.append(named)
    return " ".join(words) + (f" in {entry.environment}" if entry.environment else "")


def _named(facts: Mapping[str, Any]) -> str | None:
    """Return what an entry is about. A change of configuration alone is of each environment's own artifact."""
    kept = facts.get("configuration_of")
    if facts.get("tag") or facts.get("digest"):
        return with_what(
            release_name(facts.get("tag"), facts.get("digest")), is_configuration_only=isinstance(kept, Mapping)
        )
    if not isinstance(kept, Mapping):
        return None
    each = ", ".join(f"{one_line(str(name))} keeps {_kept(str(artifact))}" for name, artifact in kept.items())
    return f"(configuration only; {each})"


def _kept(artifact: str) -> str:
    is_digest = artifact.startswith("sha256:")
    return release_name(None, artifact) if is_digest else release_name(artifact, None)


def _why(entry: Happened) -> str:
    facts = entry.facts
    reasons = facts.get("reasons") or ()
    said = facts.get("reason") or facts.get("why") or facts.get("explanation") or "; ".join(map(str, reasons))
    who = facts.get("by") or facts.get("started_by")
    return shortened(one_line(": ".join(str(each) for each in (who and person(str(who)), said) if each)), _LONGEST)
