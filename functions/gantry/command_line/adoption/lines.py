"""What `gantry adopt` tells people, beside the manifest."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from gantry.command_line.results.adopted import Adopted, Finding, Level
from gantry.promotion.visible_text import one_line

_TITLES = {
    Level.BLOCKS: "In the way",
    Level.CHANGES: "What would change",
    Level.CHECK: "To look at",
    Level.STAYS: "What stays",
    Level.UNKNOWN: "Not looked at",
}

_COMMAND = "aws "


def told_lines(adopted: Adopted, width: int) -> Iterator[str]:
    """Yield the findings, by target, what is in the way first.

    Args:
        adopted: the findings.
        width: columns, in which sentences are broken. A remedy with a command stays on one line, to be copied.
    """
    by_place = sorted(range(len(adopted.findings)), key=lambda index: _place(adopted.findings, index))
    findings = [adopted.findings[index] for index in by_place]
    for place, some in groupby(findings, key=lambda each: each.target or each.environment):
        yield f"{place}:"
        for level, of_level in groupby(some, key=lambda each: each.level):
            yield f"  {_TITLES[level]}:"
            for each in of_level:
                yield from _broken("  - ", each.what, width)
                if each.remedy:
                    has_command = _COMMAND in each.remedy
                    yield from _broken("    → ", each.remedy, None if has_command else width)
    count = sum(each.level is Level.BLOCKS for each in adopted.findings)
    if count:
        yield f"{count} {'thing is' if count == 1 else 'things are'} in the way of the first promotion."
    elif adopted.is_incomplete:
        yield "Nothing was found to be in the way, but not everything could be looked at."
    else:
        yield "Nothing is in the way. Put the manifest into Git, then: gantry manifest sync"


def _broken(beginning: str, text: str, width: int | None) -> Sequence[str]:
    """Return a text's lines, the later ones under the first; only one without a width."""
    line = f"{beginning}{one_line(text)}"
    if width is None:
        return (line,)
    return wrap(line, width, subsequent_indent=" " * len(beginning), break_long_words=False, break_on_hyphens=False)


def _place(findings: Sequence[Finding], index: int) -> tuple[int, int]:
    """Return where a finding is told: by the first of its target, then by its level."""
    own = findings[index].target or findings[index].environment
    first = next(i for i, each in enumerate(findings) if (each.target or each.environment) == own)
    return first, list(Level).index(findings[index].level)
