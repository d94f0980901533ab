"""`gantry quarantine`: what automation does not promote, and how to release it."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="What was rolled back and is not promoted again.")
@click.argument("service", required=False)
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", service: str | None, output: str) -> None:
    """Show the digests in quarantine: of all services those of the last 90 days, of a SERVICE all."""
    from gantry.command_line.naming import require_service
    from gantry.command_line.output import present
    from gantry.command_line.quarantine_list import draw_quarantined, quarantined

    found = quarantined(pipeline.services, service)
    if service and not found:
        require_service(pipeline.services, service)
    present(found, output, lambda console: draw_quarantined(console, found))
