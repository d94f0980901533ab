"""What is wrong with a reference; of the contract with the machines, like promotion/errors.py."""

from gantry.promotion.gantry_error import GantryError


class ReferenceNotFoundError(GantryError):
    """The configuration refers to a parameter or secret that is not there, or not any more; the message has each."""
