"""Calls of GitHub's API: what is tried again here, and what GitHub's answers to all calls mean."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import time
from typing import Any

import urllib3

from gantry.promotion.manifest.messages import shortened
from gantry.promotion.write_back.errors import GitBusyError, GitUnreachableError

_TRIES = 2
"""A call may be made again: what is written names what it replaces."""
_UNSAID_WAIT = 60.0
"""Seconds to wait where GitHub limits the rate and does not say for how long."""
_LIMITED = {403, 429}
_FAILED = 500
_TIMEOUT = urllib3.Timeout(connect=3, read=15)
_VERSION = "2022-11-28"


@dataclass(frozen=True, slots=True)
class Answer:
    """What GitHub answered."""

    status: int
    body: Any

    @property
    def message(self) -> str:
        """GitHub's own words, on one line, with what it says of single errors."""
        if not isinstance(self.body, dict):
            return f"status {self.status}"
        errors = self.body.get("errors")
        more = [str(each.get("message", each)) if isinstance(each, dict) else str(each) for each in errors or []]
        return shortened("; ".join([str(self.body.get("message", f"status {self.status}")), *more]))


class GitHubCalls:
    """The API of one GitHub.

    Args:
        api: its address: `https://api.github.com`, or `https://<host>/api/v3` of GitHub Enterprise Server.
        now: the clock, in seconds since 1970.
    """

    def __init__(self, api: str, now: Callable[[], float] = time) -> None:
        self._api = api.rstrip("/")
        self.now = now
        # A redirect is an answer: the repository has another name now.
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT, maxsize=4)

    def graphql(self, token: str, query: str, variables: Mapping[str, Any]) -> Answer:
        """Ask by GraphQL. It answers 200 also when it refuses.

        Raises:
            GitBusyError, GitUnreachableError: see `ask`.
        """
        # https://docs.github.com/en/enterprise-server@3.14/graphql/guides/forming-calls-with-graphql
        path = "/graphql" if not self._api.endswith("/v3") else "/../graphql"
        return self.ask("POST", path, token, {"query": query, "variables": variables})

    def ask(self, method: str, path: str, token: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Make a call; once more where GitHub fails. Nothing waits here: the queue delivers the message again later.

        Raises:
            GitBusyError: GitHub limits the rate.
            GitUnreachableError: it does not answer, or fails.
        """
        problem = ""
        for _ in range(_TRIES):
            try:
                response = self._request(method, path, token, body)
            except urllib3.exceptions.HTTPError as error:
                problem = f"GitHub cannot be reached: {shortened(str(error))}"
                continue
            if wait := self._wait(response):
                raise GitBusyError(f"GitHub wants no more requests for {wait:.0f} seconds; it is tried again later")
            if response.status < _FAILED:
                return Answer(response.status, _read(response))
            problem = f"GitHub answered {response.status}"
        raise GitUnreachableError(f"{problem}; it is tried again later")

    def _request(self, method: str, path: str, token: str, body: Mapping[str, Any] | None) -> urllib3.BaseHTTPResponse:
        api, path = (self._api.removesuffix("/v3"), path[3:]) if path.startswith("/../") else (self._api, path)
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "User-Agent": "gantry",
            "X-GitHub-Api-Version": _VERSION,
        }
        data = None if body is None else json.dumps(body).encode()
        return self._pool.request(method, api + path, body=data, headers=headers)

    def _wait(self, response: urllib3.BaseHTTPResponse) -> float:
        """Return how many seconds GitHub wants Gantry to wait; 0 when it does not.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
        """
        headers = response.headers
        # GraphQL answers 200 when the hour's points are spent.
        is_limited = response.status in _LIMITED or b'"RATE_LIMITED"' in response.data
        if not is_limited:
            return 0.0
        if headers.get("retry-after", "").isdecimal():
            return max(1.0, float(headers["retry-after"]))
        if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdecimal():
            return max(1.0, float(headers["x-ratelimit-reset"]) - self.now())
        # 403 is also an answer to who may not do something. Only its words tell a secondary limit from that.
        is_said = response.status != min(_LIMITED) or b"rate limit" in response.data
        return _UNSAID_WAIT if is_said else 0.0


def _read(response: urllib3.BaseHTTPResponse) -> Any:  # noqa: ANN401 -- whatever JSON says
    try:
        return json.loads(response.data)
    except ValueError:  # 204, and what a proxy answers
        return None
