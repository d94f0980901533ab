"""`gantry advance`: cut a canary's bake short."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_canary, of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline
    from gantry.command_line.steering import SteeringWish


@click.command(short_help="Cut a canary's bake short.")
@of_a_canary("advance")
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", wish: "SteeringWish", output: str) -> None:
    """Cut the bake of this step short for the canary of SERVICE in ENV.

    What has to be shown of it stays the same: it goes on as soon as enough is known. A policy file's minimum_bake is
    kept, and a service that takes its steps by its own clock cannot be hurried."""
    from gantry.command_line.steering import run

    raise click.exceptions.Exit(run(pipeline, wish, output))
