"""What a kind finds out about a target."""

from dataclasses import dataclass, field

from gantry.promotion.deployment import PreparationOutcome, StableRevision
from gantry.promotion.difference import Change as SettingChange
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.traffic import Routing


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found on a target that may take the release."""

    routing: Routing | None
    """None when there is nothing yet, and this is the first deployment."""
    stable: StableRevision | None
    """The routing's primary revision, and the artifact it runs."""
    left_in_draft: tuple[SettingChange, ...] = ()
    """What the target's draft has otherwise than the stable revision, and what no release takes from it."""
    draft: MaskedSettings = field(default_factory=dict)
    """The same that `draft` returns."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A revision that holds the release."""

    revision: str
    outcome: PreparationOutcome
