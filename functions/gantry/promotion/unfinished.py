"""The errors of functions that look after everything, and run again by themselves: no machine matches them."""

from gantry.promotion.gantry_error import GantryError


class ClosingIncompleteError(GantryError):
    """The end of a promotion could not be recorded or notified. The next run of ClosePromotion tries again."""


class RehearsalError(GantryError):
    """A function of the rollback machine failed when it was rehearsed, so it would fail in an emergency too."""


class RepairIncompleteError(GantryError):
    """A target could not be repaired, or a question about its canary not closed. The next run tries again."""
