"""`gantry approvals`: what waits for people."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="What waits for people.")
@click.argument("service", required=False)
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", service: str | None, output: str) -> None:
    """Show the approvals that are open, of all services or of one, oldest first."""
    from gantry.command_line.approval_list import draw_approvals, open_approvals, with_links
    from gantry.command_line.output import present

    now, listed = open_approvals(pipeline.services, service)
    found = with_links(listed, pipeline.services)
    present(found, output, lambda console: draw_approvals(console, found, now))
