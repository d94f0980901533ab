"""`gantry resume`: let a paused canary go on."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_canary, of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline
    from gantry.command_line.steering import SteeringWish


@click.command(short_help="Let a paused canary go on.")
@of_a_canary("resume")
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", wish: "SteeringWish", output: str) -> None:
    """Let the paused canary of SERVICE in ENV go on. The time for which it was paused counts as watched."""
    from gantry.command_line.steering import run

    raise click.exceptions.Exit(run(pipeline, wish, output))
