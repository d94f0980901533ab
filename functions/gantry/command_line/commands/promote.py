"""`gantry promote`: bring a release to its environments."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.naming import Duration
from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="Bring a release to its environments.")
@click.argument("service")
@click.argument("release", required=False, metavar="TAG|DIGEST|VERSION-ID")
@click.option(
    "--configuration", "is_configuration_only", is_flag=True, help="Only the newest manifest's configuration."
)
@click.option("--to", "environments", multiple=True, metavar="ENV", help="Only to this environment; give it again.")
@click.option("--release-from-quarantine", "why_released", metavar="WHY", help="Why the digest is safe now.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only say what it would do, as gantry preview does.")
@click.option("--wait", "waits", is_flag=True, help="Wait until it has ended.")
@click.option("--timeout", type=Duration(), default="2h", show_default=True, help="For --wait.")
@with_output
@of_a_pipeline
def command(  # noqa: PLR0913 -- an argument for each option
    pipeline: "Pipeline",
    *,
    service: str,
    release: str | None,
    is_configuration_only: bool,
    environments: tuple[str, ...],
    why_released: str | None,
    is_dry: bool,
    waits: bool,
    timeout: int,
    output: str,
) -> None:
    """Promote a release of SERVICE: an image by its tag or digest, an object by its version id.

    IAM says who you are, and the pipeline keeps it. With --wait, the exit code is 0 once it is live everywhere, 1 if
    it failed or was rolled back; after the timeout 4 if it waits for people, and 3 otherwise. It goes on all the same.
    With --dry-run, nothing is started: 0 if it would go through, 1 if a rule would stop it, 4 if it would wait for
    people.

    With --configuration instead of a release, each environment keeps the artifact that is live there, and only those
    get it whose configuration differs: 0 if none does. While a promotion of SERVICE is under way it is refused with 1,
    or with --wait it waits for that one's end first.
    """
    from gantry.command_line.output import present
    from gantry.command_line.promoting import Wish, promote

    if is_configuration_only == bool(release):
        raise click.UsageError("Name a release, by its tag, digest or version id; or give --configuration instead.")
    if is_configuration_only and why_released is not None:
        raise click.UsageError(
            "--release-from-quarantine is about an artifact, and --configuration keeps each as it is."
        )

    if why_released is not None and not why_released.strip():
        raise click.UsageError("Say why the digest is safe now: --release-from-quarantine WHY")
    wish = Wish(service, release, environments, why_released, is_configuration_only)
    if is_dry:
        from gantry.command_line.previewing import show_preview

        raise click.exceptions.Exit(show_preview(pipeline, wish, output))
    if is_configuration_only:
        from gantry.command_line.configuring import change_configurations, change_lines

        (changed,) = change_configurations(pipeline, [wish], timeout if waits else None)
        text = "\n".join(change_lines(changed))
        present(changed, output, lambda console: console.print(text, soft_wrap=True))
        raise click.exceptions.Exit(changed.code)
    from gantry.command_line.previewing import require_known

    require_known(pipeline, wish)
    ended = promote(pipeline, wish, timeout if waits else None)
    present(ended, output, lambda console: console.print(ended.execution, soft_wrap=True))
    raise click.exceptions.Exit(ended.code)
