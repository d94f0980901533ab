"""What reads and writes Git."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from gantry.aws.clients import own_client

if TYPE_CHECKING:
    from gantry.git_hosts.github import GitHubRepository
    from gantry.git_hosts.github_app import GitHubApp
    from gantry.promotion.write_back.settings import Access, Mode


class GitServices:
    """Gantry's App on GitHub. It is made when it is first used, and kept with its tokens while the function is warm."""

    _environment: Mapping[str, str]
    _only_reads: bool

    @property
    def has_git_app(self) -> bool:
        """Whether the pipeline was deployed with an App."""
        return bool(self._environment.get("GITHUB_APP_ID"))

    def git_repository(self, name: str, mode: "Mode") -> "GitHubRepository":
        """Return a repository, as the App may use it in this mode, or only read it where these services only read."""
        from gantry.git_hosts.github import GitHubRepository

        reading: Access = "read_pull_requests" if mode == "pull_request" else "read"
        return GitHubRepository(self._app, name, reading if self._only_reads else mode)

    @cached_property
    def _app(self) -> "GitHubApp":
        from gantry.aws.signing_key import SigningKey
        from gantry.git_hosts.calls import GitHubCalls
        from gantry.git_hosts.github_app import GitHubApp

        key = SigningKey(own_client("kms"), self._environment["GITHUB_APP_KEY"])
        return GitHubApp(GitHubCalls(self._environment["GITHUB_API"]), self._environment["GITHUB_APP_ID"], key.sign)
