"""What the web sites that hold repositories call the page of a commit, and of what lies between two."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeHost:
    """The pages of one kind of site, below a repository's address."""

    commit: str
    """With `{revision}`."""
    compare: str
    """With `{old}` and `{new}`."""


# https://hub.github.com/hub-compare.1.html, https://hub.github.com/hub-browse.1.html
_GITHUB = CodeHost("commit/{revision}", "compare/{old}...{new}")
# As in https://gitlab.com/gitlab-com/www-gitlab-com/-/compare
_GITLAB = CodeHost("-/commit/{revision}", "-/compare/{old}...{new}")
# The newer one stands first: https://github.com/unjs/changelogen/issues/256 and
# https://github.com/conventional-changelog/conventional-changelog/issues/87
_BITBUCKET = CodeHost("commits/{revision}", "branches/compare/{new}..{old}")
_BITBUCKET_CLOUD = "bitbucket.org"
"""Bitbucket Data Center has other addresses."""


_GITHUB_BY_COUNTRY = ".ghe.com"


def host_of(repository: str) -> CodeHost | None:
    """Return the pages of a repository's site, by the address that `Source` has; None where they are not known.

    A company's own site counts when its name says what it is: `gitlab.example.com`, `github.example.com`.
    """
    host = repository.removeprefix("https://").partition("/")[0].partition(":")[0]
    first = host.partition(".")[0]
    if first == "github" or host.endswith(_GITHUB_BY_COUNTRY):
        return _GITHUB
    if first == "gitlab":
        return _GITLAB
    return _BITBUCKET if host == _BITBUCKET_CLOUD else None
