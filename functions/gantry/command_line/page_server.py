"""Serves the status page on this machine only, with the caller's own AWS credentials."""

import secrets
from collections.abc import Callable
from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from gantry.command_line.errors import CommandError
from gantry.command_line.output import say
from gantry.promotion.status_page.headers import CONTENT_TYPE, headers_for
from gantry.promotion.status_page.view import StatusView

if TYPE_CHECKING:
    from gantry.use_cases.operator.status_pages import StatusPage

LOOPBACK = "127.0.0.1"
Show = Callable[[str | None, StatusView], "StatusPage"]
"""Returns the board for None, and a service's page for its name."""
_PATIENCE_SECONDS = 10
"""For a browser that opens a connection and asks for nothing."""


class PageServer(ThreadingHTTPServer):
    """The page at an address that nobody can guess.

    Other users of this machine can reach its ports too, so a part of the path is a secret. A page of somebody else's
    whose name leads here, by DNS rebinding, has the wrong `Host`: https://owasp.org/www-community/attacks/DNS_Rebinding

    Args:
        port: on the loopback interface; 0 for any that is free.
        stack: Gantry's stack, for the commands that the page gives.
        show: makes the pages.
    """

    daemon_threads = True

    def __init__(self, port: int, stack: str, show: Show) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.stack, self.show = stack, show
        self.secret = secrets.token_urlsafe(16)

    @property
    def url(self) -> str:
        """Where the board is."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.secret}/status"

    @property
    def hosts(self) -> frozenset[str]:
        """What a browser on this machine sends as `Host`."""
        return frozenset(f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost"))


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    timeout = _PATIENCE_SECONDS

    def do_GET(self) -> None:
        if self.headers.get("Host") not in self.server.hosts:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, "This is not the address of the page.", StatusView())
            return
        address = urlsplit(self.path)
        _, secret, kind, *service = [*address.path.split("/", 3), "", ""][:4]
        view = StatusView.of(dict(parse_qsl(address.query)), self.server.stack)
        if kind != "status" or not compare_digest(secret.encode(), self.server.secret.encode()):
            self._answer(HTTPStatus.NOT_FOUND, "There is no such page.", view)
            return
        self._show(unquote(service[0]) or None, view)

    def _show(self, service: str | None, view: StatusView) -> None:
        """Answer with a page. What AWS refuses is said there, and the next try may work."""
        try:
            page = self.server.show(service, view)
        except CommandError as error:
            say(error.message)
            self._answer(HTTPStatus.BAD_GATEWAY, error.message, view)
        else:
            self._answer(HTTPStatus.OK if page.is_found else HTTPStatus.NOT_FOUND, page.html, view, CONTENT_TYPE)

    def _answer(
        self, status: HTTPStatus, text: str, view: StatusView, content_type: str = "text/plain; charset=utf-8"
    ) -> None:
        body = text.encode(errors="replace")
        self.send_response(status)
        for name, value in headers_for(view).items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no GET: nothing can be done here but look."""
        del message, explain
        is_other = code == HTTPStatus.NOT_IMPLEMENTED
        self._answer(HTTPStatus.METHOD_NOT_ALLOWED if is_other else HTTPStatus(code), "Only GET works.", StatusView())

    def version_string(self) -> str:
        """Return nothing about the software."""
        return "gantry"

    def log_message(self, *_: object) -> None:
        """Keep quiet: the address has the secret in it."""
