"""`gantry status`: what is live where, and what moves."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="What is live where, and what moves.")
@click.argument("service", required=False)
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", service: str | None, output: str) -> None:
    """Show what is live in each environment, what moves, and what waits for whom.

    With a SERVICE, the exit code tells its state: 0 healthy or moving, 1 failed, rolled back or out of sync, 3 unknown
    by the last daily look for drift, 4 waits for people.
    Without one it is 0.
    """
    from gantry.command_line.naming import no_service
    from gantry.command_line.output import present
    from gantry.command_line.results.status import status_of
    from gantry.command_line.status_table import draw_status
    from gantry.command_line.why_text import code_of_state
    from gantry.use_cases.operator.read_board import read_board

    status = status_of(read_board(pipeline.services, service))
    if service and not status.services:
        raise no_service(pipeline.services, service)
    present(status, output, lambda console: draw_status(console, status, with_links=bool(service)))
    if service:
        raise click.exceptions.Exit(code_of_state(status.services[0].state))
