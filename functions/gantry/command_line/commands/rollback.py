"""`gantry rollback`: take an environment back."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.naming import Duration
from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline

_TO = "What to go back to. Digits alone are a version; tag:123 is a tag."


@click.command(short_help="Take an environment back to what was live before.")
@click.argument("service")
@click.argument("environment")
@click.option("--to", metavar="TAG|VERSION|DIGEST", help=_TO)
@click.option("--reason", required=True, help="Why. It is kept and told.")
@click.option("--target", "targets", multiple=True, metavar="ID", help="Only this target; give it again for more.")
@click.option("--target-region", "regions", multiple=True, metavar="REGION", help="Only targets in this region.")
@click.option("--yes", is_flag=True, help="Do not ask. Without a terminal it is needed.")
@click.option("--wait", "waits", is_flag=True, help="Wait until it has ended.")
@click.option("--timeout", type=Duration(), default="15m", show_default=True, help="For --wait.")
@with_output
@of_a_pipeline
def command(  # noqa: PLR0913 -- an argument for each option
    pipeline: "Pipeline",
    *,
    service: str,
    environment: str,
    to: str | None,
    reason: str,
    targets: tuple[str, ...],
    regions: tuple[str, ...],
    yes: bool,
    waits: bool,
    timeout: int,
    output: str,
) -> None:
    """Roll SERVICE back in ENVIRONMENT: to the version before, or to the one that --to names.

    It stops a deployment in flight there, and waits for nothing. With --wait, the exit code is 0 once all targets are
    back, 1 if one is not, 3 after the timeout.
    """
    from gantry.command_line.output import present
    from gantry.command_line.rolling_back import Wish, confirm, roll_back

    wish = Wish(service, environment, to, reason, targets, regions)
    if not yes:
        confirm(wish)
    ended = roll_back(pipeline, wish, timeout if waits else None)
    present(ended, output, lambda console: console.print(ended.execution, soft_wrap=True))
    raise click.exceptions.Exit(ended.code)
