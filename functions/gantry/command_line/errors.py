"""How a command can end, in exit codes that scripts may rely on."""

from enum import IntEnum

import click

from gantry.promotion.visible_text import ended


class Exit(IntEnum):
    """The exit codes of all commands."""

    HEALTHY = 0
    FAILED = 1
    """It failed, or was rolled back."""
    USAGE = 2
    TIMED_OUT = 3
    WAITS_FOR_PEOPLE = 4
    NOT_ALLOWED = 5


class CommandError(click.ClickException):
    """A command that cannot do what it was asked for.

    Args:
        message: what is wrong and what to do about it, in whole sentences.
        code: how the command ends.
    """

    def __init__(self, message: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(ended(message))
        self.exit_code = int(code)
