"""A tiny web server with the pages as the functions answer them: their HTML, their status, their headers."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import Response

Answer = Response[str]


@dataclass
class Site:
    """Where it is, and what it was asked."""

    url: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Methods and paths, without the browser's own wish for an icon."""
    forms: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def served(pages: Mapping[str, Answer], after_a_post: Answer) -> Iterator[Site]:
    """The pages by path, on this machine only. Every POST is kept, and answered in the same way."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/favicon.ico":  # the browser wants it by itself, and sometimes after the next page
                site.asked.append(("GET", self.path))
            self._answer(pages[self.path]) if self.path in pages else self.send_error(404)

        def do_POST(self) -> None:
            site.asked.append(("POST", self.path))
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            site.forms.append(dict(parse_qsl(body, keep_blank_values=True)))
            self._answer(after_a_post)

        def _answer(self, answer: Answer) -> None:
            self.send_response(answer.status_code)
            for name, value in {**answer.headers, "Content-Type": answer.content_type}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(str(answer.body).encode())

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
