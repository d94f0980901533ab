"""`gantry write-live`: let parameters in the workload accounts say what is live."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="Let parameters in the workload accounts say what is live.")
@click.argument("service", required=False)
@click.argument("environment", required=False)
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", *, service: str | None, environment: str | None, output: str) -> None:
    """Write what the ledger calls live of SERVICE in ENVIRONMENT, of all its environments, or of all services.

    The pipeline does it by itself after each deployment, rollback and repair. Nothing else changes. The exit code is 1
    when a parameter cannot be written.
    """
    from gantry.command_line.writing_live import write_live

    raise click.exceptions.Exit(write_live(pipeline, service, environment, output))
