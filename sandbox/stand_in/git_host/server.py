"""The server of the small GitHub, with faults to plant.

It has one repository with one App. Compared with GitHub: commits are not signed, a ruleset is a set of protected
branches, and only the calls that Gantry makes are answered.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from sandbox.stand_in.git_host.answers import NOT_FOUND, Answer, Answers
from sandbox.stand_in.git_host.app import App
from sandbox.stand_in.git_host.repository import BareRepository
from sandbox.stand_in.local_server import LocalServer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

APP_ID = "123456"
_UNAUTHORIZED: Answer = (401, {"message": "Bad credentials"})
_FORBIDDEN: Answer = (403, {"message": "Resource not accessible by integration"})


@dataclass
class Fault:
    """An answer instead of the right one."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    on: str = ""
    """Only for a call that begins like this: `POST /graphql`."""
    is_late: bool = False
    """The call is carried out all the same; only its answer is lost."""


class GitHost(LocalServer):
    """A running GitHub: `with GitHost(folder, {"a.json": b"{}"}, key) as github`. It answers at `github.url`."""

    def __init__(self, folder: Path, files: Mapping[str, bytes], key: RSAPublicKey, name: str = "acme/infra") -> None:
        self.name = name
        self.repository = BareRepository(folder, files)
        self.app = App(APP_ID, key)
        self.answers = Answers(self.repository)
        self.pulls = self.answers.pulls
        self.faults: deque[Fault] = deque()
        """What the next calls are answered with."""
        self.calls: list[str] = []
        """All calls, with method and path."""
        self._turn = threading.Lock()
        super().__init__()

    def answer(self, call: str, token: str, body: dict[str, Any]) -> tuple[int, Any, Mapping[str, str]]:
        """Answer a call, or fail as planted."""
        with self._turn:
            self.calls.append(call)
            fault = self.faults.popleft() if self.faults and call.startswith(self.faults[0].on) else None
        if fault and not fault.is_late:
            return fault.status, fault.body, fault.headers
        status, answered = self._answer(call, token, body)
        return (fault.status, fault.body, fault.headers) if fault else (status, answered, {})

    def _answer(self, call: str, token: str, body: dict[str, Any]) -> Answer:
        if call == f"GET /repos/{self.name}/installation" or call.endswith("/access_tokens"):
            return self._of_app(call, body) if self.app.is_signed(token) else _UNAUTHORIZED
        if call.startswith("GET /repos/") and call.endswith("/installation"):
            return NOT_FOUND
        rights = self.app.tokens.get(token)
        if rights is None:
            return _UNAUTHORIZED
        right = rights.get("pull_requests" if "/pulls" in call else "contents")
        if right != "write" and (right is None or not call.startswith("GET ")):
            return _FORBIDDEN
        if call == "POST /graphql":
            return self.answers.graphql(body["variables"]["input"])
        found = re.fullmatch(rf"(\w+) /repos/{self.name}(/.+)", call)
        return self.answers.to(found[1], found[2], body) if found else NOT_FOUND

    def _of_app(self, call: str, body: dict[str, Any]) -> Answer:
        if call.startswith("GET"):
            return 200, {"id": 42}
        given = self.app.new_token(body["permissions"])
        refused = {"message": "The permissions requested are not granted to this installation."}
        return (201, given) if given else (422, refused)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_call(self) -> None:
                length = int(self.headers.get("content-length", "0"))
                body = json.loads(self.rfile.read(length) or b"{}")
                token = self.headers.get("authorization", "").removeprefix("Bearer ")
                status, answered, headers = host.answer(f"{self.command} {self.path}", token, body)
                content = b"" if answered is None else json.dumps(answered).encode()
                self.send_response(status)
                for name, value in {"content-length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = handle_call  # noqa: N815 -- the names that http.server calls

            def log_message(self, *_: object) -> None:
                """Say nothing: tests look at `calls`."""

        return Handler
