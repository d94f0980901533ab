"""Gantry's errors in place of those of AWS' services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from gantry.promotion.gantry_error import GantryError


@contextmanager
def translated(meaning: Callable[[ClientError], GantryError | None]) -> Iterator[None]:
    """Raise what a refusal means to the machines. One that no machine decides on, which means None, stays as it is."""
    try:
        yield
    except ClientError as error:
        found = meaning(error)
        if found is None:
            raise
        raise found from error
