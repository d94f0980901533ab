"""The base of all errors of Gantry's own, and of those about files that people write."""

from typing import TYPE_CHECKING

from gantry.promotion.visible_text import ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gantry.promotion.manifest.problem import Problem


class GantryError(Exception):
    """The base of everything that Gantry itself refuses or finds. Never raised itself.

    A message of one sentence has no full stop, because others build on it. One of several sentences ends with one.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(ended(message))


class FileError(GantryError):
    """A file that people write is wrong. Never raised itself.

    Args:
        message: all of it.
        problems: the same, one by one, where the file could be read as YAML.
    """

    def __init__(self, message: str, problems: "Sequence[Problem]" = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
