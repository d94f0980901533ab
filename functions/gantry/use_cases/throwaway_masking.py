"""Masking for settings that are compared, and of which nothing is kept."""

import secrets
from functools import cache

from gantry.promotion.masking import Masking


def throwaway_masking() -> Masking:
    """Return a masking with a key that nobody knows or keeps: so no guess can be tested, and no key has to be read."""
    return Masking(cache(lambda: secrets.token_bytes(32)))
