"""`gantry preview`: what a promotion would do."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="What a promotion would do. Nothing is changed.")
@click.argument("service")
@click.argument("environment")
@click.argument("release", metavar="[TAG|DIGEST|VERSION-ID]", required=False)
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", service: str, environment: str, release: str | None, output: str) -> None:
    """Show what a promotion of SERVICE to ENVIRONMENT would change, by which steps, who would be asked, and its end.

    Without a release it is the one that is live in the environment before; for the first environment, the one that was
    promoted last. The exit code is 0 if it would go through, 1 if a rule would stop it, 4 if it would wait for people.
    """
    from gantry.command_line.previewing import show_preview
    from gantry.command_line.promoting import Wish

    raise click.exceptions.Exit(show_preview(pipeline, Wish(service, release, (environment,)), output))
