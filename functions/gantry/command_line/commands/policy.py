"""`gantry policy`: check a policy file, and manifests by it."""

from pathlib import Path

import click


@click.group(short_help="Check a policy file, and manifests by it.")
def command() -> None:
    """Check a policy file, and print its JSON schema for editors. It needs no AWS account."""


@command.command(short_help="Say what is wrong in a policy file, and what it would refuse.")
@click.argument("policy", type=click.Path(path_type=Path))
@click.argument("manifests", nargs=-1, metavar="[MANIFEST]...", type=click.Path(path_type=Path))
def check(policy: Path, manifests: tuple[Path, ...]) -> None:
    """Check the file POLICY, and what of each MANIFEST it would refuse. The exit code is 1 if there is anything."""
    from gantry.command_line.policy import check as check_file

    raise click.exceptions.Exit(check_file(policy, manifests))


@command.command(short_help="Print the JSON schema for editors.")
def schema() -> None:
    """Print the JSON schema of policy files."""
    import json

    from gantry.promotion.policy.model import PolicyKeys

    click.echo(json.dumps(PolicyKeys.model_json_schema(), indent=2))
