"""`gantry version`: which one this is."""

import click

from gantry.promotion.version import VERSION


@click.command(short_help="Which version this is.")
def command() -> None:
    """Print the version of this command. The stack's output Version is the pipeline's."""
    click.echo(VERSION)
