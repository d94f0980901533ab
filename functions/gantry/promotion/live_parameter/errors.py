"""What goes wrong with the parameters that say what is live. No machine waits for it, but a queue does."""

from gantry.promotion.gantry_error import GantryError


class LiveParameterError(GantryError):
    """A parameter that says what is live cannot be read or written; the message says which, and what to do."""
