"""Gantry's GitHub App: what it signs, and the short-lived tokens that it gets for one repository each."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gantry.git_hosts.calls import Answer, GitHubCalls
from gantry.promotion.write_back.errors import GitRepositoryNotFoundError, GitRightsError
from gantry.promotion.write_back.settings import Access

_EARLIER, _LATER = 60, 540
"""Seconds. GitHub takes ten minutes at most, and recommends to allow for clocks that are a minute apart:
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app"""
_RESERVE = 300
"""Seconds before its end from which a token is not used any more. It lives for an hour."""
_OK, _CREATED, _UNAUTHORIZED, _NOT_FOUND = 200, 201, 401, 404
_RIGHTS: Mapping[Access, Mapping[str, str]] = {
    "commit": {"contents": "write"},
    "pull_request": {"contents": "write", "pull_requests": "write"},
    "read": {"contents": "read"},
    "read_pull_requests": {"contents": "read", "pull_requests": "read"},
}
"""An App that may write may have a token that only reads:
https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app"""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    expires_at: float


class GitHubApp:
    """An App whose key never leaves where it is.

    Args:
        calls: GitHub's API.
        app_id: the App's id, or its client id.
        sign: signs bytes by RSASSA-PKCS1-v1_5 with SHA-256.
    """

    def __init__(self, calls: GitHubCalls, app_id: str, sign: Callable[[bytes], bytes]) -> None:
        self.calls = calls
        self._app_id = app_id
        self._sign = sign
        self._tokens: dict[tuple[str, Access], _Token] = {}

    def token(self, repository: str, access: Access) -> str:
        """Return a token for one repository, with no more rights than are needed.

        Raises:
            GitRepositoryNotFoundError: it does not exist, or the App is not installed there.
            GitRightsError: GitHub does not accept the signature, or the App lacks a right.
        """
        known = self._tokens.get((repository, access))
        if known is None or known.expires_at - _RESERVE <= self.calls.now():
            known = self._new_token(repository, access)
            self._tokens[repository, access] = known
        return known.text

    def forget(self, repository: str, access: Access) -> None:
        """Use a token no more: GitHub does not accept it."""
        self._tokens.pop((repository, access), None)

    def _new_token(self, repository: str, access: Access) -> _Token:
        signed = self._signed()
        found = self.calls.ask("GET", f"/repos/{repository}/installation", signed)
        if found.status != _OK:
            raise _not_installed(repository, found)
        wanted = {"repositories": [repository.partition("/")[2]], "permissions": _RIGHTS[access]}
        path = f"/app/installations/{found.body['id']}/access_tokens"
        given = self.calls.ask("POST", path, signed, wanted)
        if given.status != _CREATED:
            rights = " and ".join(f"{name}: {level}" for name, level in _RIGHTS[access].items())
            message = f"GitHub gives the App no token for {repository} ({given.message}); it needs {rights} there"
            raise GitRightsError(message)
        expires_at = datetime.fromisoformat(given.body["expires_at"]).timestamp()
        return _Token(str(given.body["token"]), expires_at)

    def _signed(self) -> str:
        """Return a JSON Web Token by which the App speaks for itself: https://www.rfc-editor.org/rfc/rfc7519"""
        now = int(self.calls.now())
        claims = {"iat": now - _EARLIER, "exp": now + _LATER, "iss": self._app_id}
        signed = b".".join(_encoded(json.dumps(each).encode()) for each in ({"alg": "RS256", "typ": "JWT"}, claims))
        return (signed + b"." + _encoded(self._sign(signed))).decode()


def _not_installed(repository: str, answer: Answer) -> Exception:
    if answer.status == _UNAUTHORIZED:
        message = f"GitHub does not accept the App's signature ({answer.message}); GitHubAppId and GitHubAppKeyId"
        return GitRightsError(f"{message} have to be one App's, and the key has to be listed there")
    if answer.status == _NOT_FOUND or answer.status // 100 == 3:  # noqa: PLR2004 -- redirects
        message = f"GitHub has no repository {repository}, or Gantry's App is not installed on it"
        return GitRepositoryNotFoundError(f"{message}; correct write_back.repository, or install the App there")
    return GitRightsError(f"GitHub does not say where the App is installed: {answer.message}")


def _encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
