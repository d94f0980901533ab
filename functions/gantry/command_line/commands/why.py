"""`gantry why`: the reason, the numbers, and the next command."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="Why it ended so, or waits; and what to type next.")
@click.argument("what", metavar="EXECUTION|SERVICE")
@click.argument("environment", required=False)
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", what: str, environment: str | None, output: str) -> None:
    """Say why an EXECUTION ended as it did, or why a SERVICE is as it is in an ENVIRONMENT.

    An execution is named by its ARN, or by its name. The exit code tells the state: 0 healthy or moving, 1 failed or
    rolled back, 4 waits for people.
    """
    from gantry.command_line.explaining import explanation_of
    from gantry.command_line.output import present
    from gantry.command_line.why_text import code_of_state, draw_explanation

    found = explanation_of(pipeline, what, environment)
    present(found, output, lambda console: draw_explanation(console, found))
    raise click.exceptions.Exit(code_of_state(found.state))
