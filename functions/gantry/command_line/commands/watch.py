"""`gantry watch`: what moves, live."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.naming import Duration
from gantry.command_line.options import of_a_pipeline

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="What moves, live, until nothing does.")
@click.argument("what", metavar="[SERVICE|EXECUTION]", required=False)
@click.option("--timeout", type=Duration(), help="Stop looking after this time, as in 30m.")
@of_a_pipeline
def command(pipeline: "Pipeline", what: str | None, timeout: int | None) -> None:
    """Watch a SERVICE, the service of an EXECUTION, or everything, until nothing moves any more.

    On a terminal it is drawn anew every two seconds; elsewhere each change is a line. Stopping it stops nothing else.
    The exit code is 0 once all is healthy, 1 if the last promotion failed or was rolled back, 3 after the timeout, 4
    if people are waited for then.
    """
    from gantry.command_line.watching import service_of, watch

    raise click.exceptions.Exit(watch(pipeline, service_of(pipeline, what), timeout))
