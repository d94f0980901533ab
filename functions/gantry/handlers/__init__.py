"""One module for each function, in folders by who invokes it: parse the event, call one use case, return its result."""

import gc

gc.set_threshold(50_000)
"""Imports make many objects that all stay. Looking for garbage among them takes a tenth of a cold start."""
