"""`gantry pause`: hold a running canary where it is."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_canary, of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline
    from gantry.command_line.steering import SteeringWish


@click.command(short_help="Hold a running canary where it is.")
@of_a_canary("pause")
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", wish: "SteeringWish", output: str) -> None:
    """Hold the canary of SERVICE in ENV where it is, until somebody resumes it.

    Its alarms still end it, and harm that the judge sees. So does its time: then people are asked, where the manifest
    says so, and otherwise it is rolled back."""
    from gantry.command_line.steering import run

    raise click.exceptions.Exit(run(pipeline, wish, output))
