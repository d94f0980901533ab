"""What GitHub and GitLab tell their runs about themselves."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gantry.command_line.errors import CommandError, Exit
from gantry.promotion.source import Source

if TYPE_CHECKING:
    from gantry.command_line.git_checkout import GitCheckout


def address_of(given: str | None, environment: Mapping[str, str], checkout: "GitCheckout") -> str | None:
    """Return a repository's address on the web: as it is given, as the CI says it, or as Git knows it.

    Raises:
        CommandError: what is given is no such address.
    """
    remote = given or _of_github(environment) or environment.get("CI_PROJECT_URL") or checkout.remote()
    source = Source.of(remote, None, None)
    if given and source is None:
        raise CommandError(f"{given} is no address of a repository, like https://github.com/acme/cowsay.", Exit.USAGE)
    return source.repository if source else None


def run_of(environment: Mapping[str, str]) -> str | None:
    """Return the address of the CI run that this is; None outside of one.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    https://docs.gitlab.com/ci/variables/predefined_variables/
    """
    repository, run = _of_github(environment), environment.get("GITHUB_RUN_ID")
    return f"{repository}/actions/runs/{run}" if repository and run else environment.get("CI_PIPELINE_URL")


def _of_github(environment: Mapping[str, str]) -> str | None:
    server, name = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    return f"{server}/{name}" if server and name else None
