"""`gantry`: what goes on in a pipeline, and the calls that people make of it, with the caller's own AWS credentials."""

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from gantry.command_line.errors import CommandError

_INTERRUPTED = 130
"""As shells say it of a command that Ctrl-C has ended."""
COMMANDS = (
    "status",
    "watch",
    "preview",
    "promote",
    "rollback",
    "pause",
    "resume",
    "advance",
    "abort",
    "approvals",
    "approve",
    "reject",
    "history",
    "why",
    "quarantine",
    "drift",
    "write-back",
    "write-live",
    "adopt",
    "manifest",
    "policy",
    "page",
    "version",
)
"""In the order of the help. Each is in a module of its name, with _ for -, as the object `command`."""


class Commands(click.Group):
    """The commands. The module of each is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None when there is none of this name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"gantry.command_line.commands.{cmd_name.replace('-', '_')}").command
        return found


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def gantry() -> None:
    """Promote, watch, judge and roll back releases on AWS.

    Exit codes: 0 healthy, 1 failed or rolled back, 2 usage, 3 timed out, 4 waits for people, 5 not allowed.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command, and exit with its code. What AWS refuses is said in a sentence, without a traceback."""
    try:
        code = gantry.main(arguments, prog_name="gantry", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (
        BrokenPipeError
    ):  # whoever reads it has read enough: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        refused = _refused(error)
        if refused is None:
            raise
        refused.show()
        sys.exit(refused.exit_code)
    sys.exit(code if isinstance(code, int) else 0)  # https://click.palletsprojects.com/en/stable/exceptions/


def _refused(error: Exception) -> CommandError | None:
    """Return what an error of AWS' SDK means for people; None for any other one."""
    if not type(error).__module__.startswith("botocore."):
        return None
    from gantry.command_line.aws_errors import as_command_error

    return as_command_error(error)
