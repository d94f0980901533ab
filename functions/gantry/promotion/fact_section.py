"""A section of facts for approvers: a heading with short rows, the same in the mail and on the page.

Much of the text comes from outside: reasons, tags, configuration, the words of mail servers. None of it may pass for
something else: no markup, no row of its own, nothing invisible, no arrow that points backwards.
"""

from dataclasses import dataclass

from gantry.promotion.visible_text import visible

CHANGES = "What changes"
"""The title of the sections whose values read `before → after`."""
CARRIED = "How it is carried"
"""The title of the sections that say the same of steps, alarms and approvers."""
AGAIN = "Asked again"
"""The title of the section that says why an approval does not hold any more."""
FORECAST = "How long a verdict takes"
"""The title of the section about the judge of the canary to come."""
OUTLOOK = "Once it is approved"
"""The title of the section about what comes of an approval, and by when."""
KNOWN = "What is known"
"""The title of the section about a canary of which too little is known."""
RELEASED = "Released from quarantine"
"""The title of the section about a quarantine."""
SOURCE = "Where it comes from"
"""The title of the section whose values are addresses."""


@dataclass(frozen=True, slots=True)
class FactSection:
    """A heading, and below it labels with their values. A row without a label is a sentence."""

    title: str
    rows: tuple[tuple[str, str], ...]

    def as_text(self) -> str:
        """Return the section for mail programs that show no HTML.

        Further lines of a value are indented deeper than any row.
        """
        rows = (f"{label}: {value}" if label else value for label, value in self.rows)
        lines = (visible(row).replace("\n", "\n      ") for row in rows)
        return "\n".join([visible(self.title).upper(), *(f"  {line}" for line in lines)])
