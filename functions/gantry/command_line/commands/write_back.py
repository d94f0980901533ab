"""`gantry write-back`: whether the files in Git say what is live, and make them say it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="Whether the files in Git say what is live.")
@click.argument("manifests", nargs=-1, required=True, metavar="MANIFEST...", type=click.Path(path_type=Path))
@click.option("--plan", is_flag=True, help="Change the files in the working tree, for a workflow that commits them.")
@click.option(
    "--tree", default=Path(), type=click.Path(path_type=Path), help="The working tree; by default this folder."
)
@click.option(
    "--repository",
    required=True,
    envvar="GITHUB_REPOSITORY",
    metavar="OWNER/NAME",
    help="Which repository it is; GitHub Actions says it. Files of others are left out.",
)
@click.option("--environment", metavar="ENV", help="Only one environment, for a pull request of its own.")
@with_output
@of_a_pipeline
def command(  # noqa: PLR0913 -- click's options
    pipeline: "Pipeline",
    *,
    manifests: tuple[Path, ...],
    plan: bool,
    tree: Path,
    repository: str,
    environment: str | None,
    output: str,
) -> None:
    """Compare the files that each MANIFEST's write_back names with what is live. It needs no right but to read.

    The exit code is 0 when they say it, or --plan has made them say it, and 1 when they do not, or one cannot be
    changed.
    """
    from gantry.command_line.errors import Exit
    from gantry.command_line.output import present
    from gantry.command_line.working_tree import WorkingTree, draw_planned, manifests_in
    from gantry.use_cases.write_back import planning

    files = WorkingTree(tree)
    planned = planning.plan(manifests_in(manifests), repository, environment, pipeline.services, files.read)
    if plan:
        files.write(planned.files)
    present(planned.environments, output, lambda console: draw_planned(console, planned.environments))
    states = {each.state for each in planned.environments}
    is_bad = "refused" in states or ("changed" in states and not plan)
    raise click.exceptions.Exit(Exit.FAILED if is_bad else Exit.HEALTHY)
