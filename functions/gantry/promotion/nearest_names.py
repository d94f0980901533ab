"""Names that exist, for somebody who gave one that does not: the most similar ones first, and not more than fit."""

from collections.abc import Iterable

from gantry.promotion.visible_text import one_line, shortened

MOST = 10
_LONGEST = 120


def nearest_names(given: str, known: Iterable[str], most: int = MOST) -> str:
    """Return some of the names, the nearest first: `cowsay, cowsay-2 and 7 more`. Empty where there is none.

    Args:
        given: what does not exist.
        known: what does.
        most: how many names are written out.
    """
    every = list(dict.fromkeys(shortened(one_line(each), _LONGEST) for each in known))
    ranked = sorted(every, key=lambda name: -_likeness(given, name))  # stable: equally near ones stay as they were
    more = f" and {len(ranked) - most} more" if len(ranked) > most else ""
    return ", ".join(ranked[:most]) + more


def _likeness(given: str, name: str) -> float:
    """Return from 0 to 1 how near a name is. A name that begins with what was given comes first."""
    if given and name.lower().startswith(given.lower()):
        return 1.0
    from difflib import SequenceMatcher  # noqa: PLC0415 -- most functions never need it, and some start for a rollback

    return SequenceMatcher(None, given.lower()[:_LONGEST], name.lower()).ratio()
