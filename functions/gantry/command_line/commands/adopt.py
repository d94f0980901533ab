"""`gantry adopt`: what a manifest would be for functions that exist already."""

import click

from gantry.command_line.options import with_output


@click.command(short_help="What the manifest of an existing function would be, and what is in the way.")
@click.argument("functions", nargs=-1, required=True, metavar="[ENV=]FUNCTION[@PROFILE]...")
@click.option("--alias", default="live", show_default=True, help="The alias that callers use, or will use.")
@click.option("--service", metavar="NAME", help="The repository, or s3/BUCKET/KEY for zips, that releases come from.")
@click.option("--environment", default="prod", show_default=True, metavar="ENV", help="Where no ENV= says it.")
@click.option("--region", envvar="AWS_REGION", show_envvar=True, help="The AWS region of the functions.")
@click.option("--profile", help="A profile of your AWS configuration, where no @PROFILE says it.")
@with_output
def command(  # noqa: PLR0913 -- click's options
    functions: tuple[str, ...],
    *,
    alias: str,
    service: str | None,
    environment: str,
    region: str | None,
    profile: str | None,
    output: str,
) -> None:
    """Print the manifest that a service of each FUNCTION would have, and say on stderr what is in the way.

    Name a function for each environment, in the order of promotion, with the profile that reaches its account:

        gantry adopt dev=cowsay@dev staging=cowsay@staging prod=cowsay@prod > cowsay.yaml

    Functions with the same ENV are its targets. FUNCTION may be an ARN, and end with :ALIAS. It only reads, in the
    functions' accounts; ReadOnlyAccess is enough. The exit code is 0 if nothing is in the way, 1 if something is, and 3
    if something could not be looked at.
    """
    from gantry.command_line.adoption.adopting import adopt
    from gantry.command_line.adoption.lines import told_lines
    from gantry.command_line.adoption.naming import GivenFunction
    from gantry.command_line.errors import Exit
    from gantry.command_line.output import console, present, say

    given = [GivenFunction.of(each, environment, alias, profile, region) for each in functions]
    adopted = adopt(given, service)
    if output == "table":
        for line in told_lines(adopted, console(to_stderr=True).width):
            say(line)
    present(adopted, output, lambda _: click.echo(adopted.manifest, nl=False))
    if adopted.is_blocked:
        raise click.exceptions.Exit(Exit.FAILED)
    raise click.exceptions.Exit(Exit.TIMED_OUT if adopted.is_incomplete else Exit.HEALTHY)
