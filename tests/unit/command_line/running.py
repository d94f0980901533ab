"""Runs `gantry` in this process, as its script does."""

from gantry.command_line.main import main


def run(*arguments: object) -> int:
    """Return the exit code; what it prints goes to stdout and stderr."""
    try:
        main([str(each) for each in arguments])
    except SystemExit as end:
        return int(end.code or 0)
