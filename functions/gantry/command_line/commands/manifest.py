"""`gantry manifest`: check manifests, bring them into the bucket, and the JSON schema for editors."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gantry.command_line.naming import Duration
from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline

_ERROR_RATE = 0.1
"""Per cent of requests that fail on the stable version, when nobody says."""


def _positive_rate(text: str) -> float:
    from gantry.command_line.verdict_times import positive_rate

    return positive_rate(text)


def _per_cent(text: str) -> float:
    from gantry.command_line.verdict_times import per_cent

    return per_cent(text)


@click.group(short_help="Check manifests, and bring them from Git into the bucket.")
def command() -> None:
    """Check manifests, bring them from Git into the bucket, and print their JSON schema for editors."""


@command.command(short_help="Say what is wrong in manifests, all at once.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--requests-per-second",
    type=_positive_rate,
    metavar="N",
    help="Say how long a verdict takes, with so many to a target.",
)
@click.option(
    "--error-rate",
    type=_per_cent,
    default=_ERROR_RATE,
    show_default=True,
    metavar="PERCENT",
    help="How many fail on the stable version.",
)
@click.option("--effect", "has_effect", is_flag=True, help="Say what each changes, compared with the bucket.")
@click.option("--base", metavar="COMMIT", help="Compare with a commit instead, for which no AWS account is needed.")
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="The policy file to hold them to.")
@click.option("--output", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@of_a_pipeline
def check(  # noqa: PLR0913 -- an argument for each option
    pipeline: "Pipeline",
    *,
    files: tuple[Path, ...],
    requests_per_second: float | None,
    error_rate: float,
    has_effect: bool,
    base: str | None,
    policy: Path | None,
    output: str,
) -> None:
    """Check each FILE as the pipeline would. The exit code is 1 if any has a problem.

    With --effect it also says, for each environment, what would change, who would be asked, and which rules of the
    policy file it does not meet; then the exit code is 1, too.
    """
    from gantry.command_line.manifest import Wanted, check_files

    if (base or policy) and not has_effect:
        raise click.UsageError("--base and --policy are for --effect.")
    wanted = Wanted(output, requests_per_second, error_rate, (pipeline, base, policy) if has_effect else None)
    raise click.exceptions.Exit(check_files(files, wanted))


@command.command(short_help="Bring manifests from a commit into the bucket.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--commit", "named", default="HEAD", show_default=True, help="What Git has to say of the files.")
@click.option("--bucket", help="The manifest bucket. The stack need not be read then, unless --prune is given.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Only say what it would do.")
@click.option(
    "--check", "is_check", is_flag=True, help="Like --dry-run; exit with 1 if the bucket has not what Git has."
)
@click.option("--prune", "is_pruning", is_flag=True, help="Remove the manifests that Git has no longer.")
@click.option("--retire", "retired", multiple=True, metavar="SERVICE", help="With --prune, even if it is live.")
@click.option("--replace", "replaced", multiple=True, metavar="SERVICE", help="Upload it, whatever the bucket has.")
@click.option(
    "--promote",
    "is_promoting",
    is_flag=True,
    help="Promote the configuration of each manifest that is uploaded, with the artifacts that are live.",
)
@click.option("--wait", "waits", is_flag=True, help="With --promote, wait for other promotions first, and for its end.")
@click.option("--timeout", type=Duration(), default="2h", show_default=True, help="For --wait.")
@click.option("--repository", help="The repository's address; otherwise that of the CI, or of the remote origin.")
@click.option("--run", "run_url", help="The CI run's address; otherwise as GitHub or GitLab say it.")
@with_output
@of_a_pipeline
def sync(  # noqa: PLR0913 -- an argument for each option
    pipeline: "Pipeline",
    *,
    paths: tuple[Path, ...],
    named: str,
    bucket: str | None,
    is_dry_run: bool,
    is_check: bool,
    is_pruning: bool,
    retired: tuple[str, ...],
    replaced: tuple[str, ...],
    is_promoting: bool,
    waits: bool,
    timeout: int,
    repository: str | None,
    run_url: str | None,
    output: str,
) -> None:
    """Upload what the bucket does not have yet of the manifests in each PATH, a file or a folder.

    Git is asked for them, so that the bucket never has anything that no commit has. All are checked first; if one is
    wrong, or what the bucket has may be newer, nothing is written and the exit code is 1.

    With --promote, what is uploaded goes on as `gantry promote SERVICE --configuration`: to the environments whose
    configuration differs from what is live. The exit code is the greatest of all, as that command has them.
    """
    from gantry.command_line.ci_facts import address_of, run_of
    from gantry.command_line.git_checkout import GitCheckout
    from gantry.command_line.manifest_syncing import SyncOrder, sync
    from gantry.command_line.synced_lines import show_synced, warn_of_uncommitted
    from gantry.promotion.manifest_sync import SyncWish

    if retired and not is_pruning:
        raise click.UsageError("--retire says what --prune may remove although it is live: give --prune too.")
    if waits and not is_promoting:
        raise click.UsageError("--wait is for --promote: a sync itself is done when it ends.")
    checkout = GitCheckout(paths[0])
    commit, scope = checkout.commit(named), tuple(map(checkout.place_of, paths))
    warn_of_uncommitted(checkout, commit, scope)
    address = address_of(repository, os.environ, checkout)
    wish = SyncWish(commit, address, scope, is_pruning, frozenset(replaced), frozenset(retired))
    done = sync(pipeline, checkout, SyncOrder(wish, bucket, run_url or run_of(os.environ), is_dry_run or is_check))
    if is_promoting:
        from gantry.command_line.configuration_syncing import with_promotions

        done = with_promotions(pipeline, checkout, done, scope, timeout if waits else None)
    show_synced(done, output)
    raise click.exceptions.Exit(max(done.code, int(is_check and done.is_different)))


@command.command(short_help="Print the JSON schema for editors.")
def schema() -> None:
    """Print the JSON schema of manifests."""
    from gantry.promotion.manifest.json_schema import json_schema
    from gantry.targets.registry import all_schemas

    click.echo(json_schema(all_schemas()), nl=False)
