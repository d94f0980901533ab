"""`gantry drift`: what others have changed on the targets."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="What others have changed on the targets, and the command that puts it right.")
@click.argument("service", required=False)
@click.option("--exit-code", "with_code", is_flag=True, help="Exit with 1 for OUT_OF_SYNC, 3 for UNKNOWN.")
@click.option(
    "--manifests",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="A file or folder of this checkout whose manifests are compared with the bucket, as HEAD has them.",
)
@with_output
@of_a_pipeline
def command(
    pipeline: "Pipeline", *, service: str | None, with_code: bool, manifests: tuple[Path, ...], output: str
) -> None:
    """Compare the targets of SERVICE, or of all services, with what Gantry has released there.

    The pipeline looks with rights that only read. A target is SYNCED, OUT_OF_SYNC, DEPLOYING (not compared just now) or
    UNKNOWN (it could not be looked at). The exit code is 0 once all were asked. With --exit-code it is 1 if one is
    OUT_OF_SYNC, or else 3 if one is UNKNOWN. With a GitHub App it also compares the files that write_back names.
    """
    from gantry.command_line.looking_for_drift import show_drift

    raise click.exceptions.Exit(show_drift(pipeline, service, manifests, output, with_code=with_code))
