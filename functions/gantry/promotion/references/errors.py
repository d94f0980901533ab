"""What is wrong with a reference; of the contract with the machines, like promotion/errors.py."""

from gantry.promotion.gantry_error import GantryError


class ReferenceNotFoundError(GantryError):
    """The configuration refers to a parameter or secret that is not there, or not any more; the message has each."""


class ReferenceUnreadableError(GantryError):
    """What the configuration refers to is there, but the program's role may not read it; the message has each."""
