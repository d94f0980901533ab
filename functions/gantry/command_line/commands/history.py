"""`gantry history`: what happened to a service."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="What happened to a service, newest first.")
@click.argument("service")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 1000), help="How many entries.")
@click.option("--before", metavar="MOMENT", help="Only what is older, to go on: as the last line of the list says it.")
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", service: str, limit: int, before: str | None, output: str) -> None:
    """Show what happened to a SERVICE: promotions, approvals, verdicts, rollbacks, repairs."""
    from gantry.command_line.history_table import draw_history
    from gantry.command_line.naming import require_moment, require_service
    from gantry.command_line.output import present
    from gantry.command_line.results.history import history_of
    from gantry.use_cases.operator.read_history import read_history

    require_moment(before)
    history = history_of(service, read_history(pipeline.services, service, limit, before), limit)
    if not (history.entries or before):
        require_service(pipeline.services, service)
    present(history, output, lambda console: draw_history(console, history))
