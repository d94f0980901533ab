"""`gantry page`: the same HTML on this machine only, for nobody but its user."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner
from moto import mock_aws

from gantry.command_line import local_page
from gantry.command_line.commands.page import command
from gantry.command_line.errors import CommandError, Exit
from gantry.command_line.page_server import PageServer
from gantry.command_line.pipeline import Pipeline
from gantry.promotion.status_page.headers import headers_for
from gantry.promotion.status_page.view import StatusView
from gantry.use_cases.operator.status_pages import StatusPage

Answer = tuple[int, dict[str, str], str]


def show(service: str | None, view: StatusView) -> StatusPage:
    if service == "broken":
        raise CommandError("IAM does not allow it.", Exit.NOT_ALLOWED)
    return StatusPage(f"{service or 'the board'}, refreshes: {view.refreshes}, {view.stack}", service != "nobody")


@pytest.fixture
def server() -> Iterator[PageServer]:
    with running(PageServer(0, "mine", show)) as server:
        yield server


@contextmanager
def running(server: PageServer) -> Iterator[PageServer]:
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ask(server: PageServer, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read().decode()


def at(server: PageServer, rest: str = "") -> str:
    return f"/{server.secret}/status{rest}"


def test_it_listens_on_the_loopback_interface_only(server: PageServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.server_port}/{server.secret}/status"


@pytest.mark.parametrize(
    ("rest", "status", "body"),
    [
        ("", 200, "the board, refreshes: True, mine"),
        ("?refresh=off", 200, "the board, refreshes: False, mine"),
        ("/cowsay", 200, "cowsay, refreshes: True, mine"),
        ("/team/a%20b%3F", 200, "team/a b?, refreshes: True, mine"),
        ("/nobody", 404, "nobody, refreshes: True, mine"),
        ("/broken", 502, "IAM does not allow it."),
    ],
)
def test_it_shows_the_board_and_the_services(server: PageServer, rest: str, status: int, body: str) -> None:
    found = ask(server, at(server, rest))
    assert (found[0], found[2]) == (status, body)


def test_it_has_the_headers_of_the_deployed_page(server: PageServer) -> None:
    _, headers, _ = ask(server, at(server))
    assert headers_for(StatusView()).items() <= headers.items()
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Python" not in headers["Server"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "localhost:1", ""])
def test_a_page_that_has_bound_its_name_to_this_machine_sees_nothing(server: PageServer, host: str) -> None:
    status, _, body = ask(server, at(server), Host=host)
    assert status == 421
    assert "board" not in body


def test_localhost_is_a_name_of_it(server: PageServer) -> None:
    assert ask(server, at(server), Host=f"localhost:{server.server_port}")[0] == 200


@pytest.mark.parametrize(
    "path", ["/", "/status", "/wrong/status", "/{secret}", "/{secret}/", "/{secret}/other", "//status", "*"]
)
def test_whoever_does_not_know_the_secret_sees_nothing(server: PageServer, path: str) -> None:
    status, _, body = ask(server, path.format(secret=server.secret))
    assert (status, body) == (404, "There is no such page.")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_only_get_works(server: PageServer, method: str) -> None:
    assert ask(server, at(server), method)[0] == 405


def test_two_servers_have_two_secrets() -> None:
    with PageServer(0, "mine", show) as one, PageServer(0, "mine", show) as other:
        assert one.secret != other.secret
        assert len(one.secret) >= 22


def test_a_port_that_is_taken_is_said_in_a_sentence(server: PageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match=f"Port {server.server_port} of 127.0.0.1 cannot be used") as refused:
        local_page.serve(NoPipeline(), server.server_port, opens=False)  # type: ignore[arg-type]
    assert refused.value.exit_code == Exit.USAGE


class NoPipeline:
    services = None
    stack = "mine"


@mock_aws
def test_the_command_reads_the_ledger_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the caller's own credentials: what is not there is AWS' answer, in words."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    seen: list[Any] = []

    def once(server: PageServer) -> None:
        with pytest.raises(CommandError) as refused:
            server.show(None, StatusView())
        seen.append((server.stack, refused.value.message))

    monkeypatch.setattr(PageServer, "serve_forever", once)
    monkeypatch.setattr(Pipeline, "outputs", {"LedgerTableName": "no-such-table"})
    answer = CliRunner().invoke(command, [])
    assert answer.exit_code == 0, answer.output
    assert "/status" in answer.output
    assert "Press Ctrl-C to stop." in answer.output
    ((stack, message),) = seen
    assert stack == "gantry"
    assert "ResourceNotFoundException" in message
