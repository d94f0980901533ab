"""The part of the contract with the promotion machine that is about needs: it matches these names in `Retry`."""

from gantry.promotion.gantry_error import GantryError


class NeedsUnmetError(GantryError):
    """The infrastructure is not there yet that the release needs. The definition looks again, for days if need be."""


class NeedsTimedOutError(GantryError):
    """The infrastructure did not come in the manifest's time; the message says what, and who was waited for."""
