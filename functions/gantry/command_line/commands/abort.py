"""`gantry abort`: roll a running canary back."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_canary, of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline
    from gantry.command_line.steering import SteeringWish


@click.command(short_help="Roll a running canary back.")
@of_a_canary("abort")
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", wish: "SteeringWish", output: str) -> None:
    """Take the canary of SERVICE in ENV back: all traffic goes to the stable version, and the digest is quarantined."""
    from gantry.command_line.steering import run

    raise click.exceptions.Exit(run(pipeline, wish, output))
