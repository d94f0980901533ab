"""Runs the server of `gantry page` until somebody stops it."""

import webbrowser
from typing import TYPE_CHECKING

import click
from botocore.exceptions import BotoCoreError, ClientError

from gantry.command_line.aws_errors import as_command_error
from gantry.command_line.errors import CommandError, Exit
from gantry.command_line.output import say
from gantry.command_line.page_server import LOOPBACK, PageServer
from gantry.promotion.status_page.view import StatusView
from gantry.use_cases.operator.status_pages import StatusPage, show_board, show_service

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


def serve(pipeline: "Pipeline", port: int, *, opens: bool) -> None:
    """Serve the page, and print its address on stdout.

    Raises:
        CommandError: there is no such stack, or the port is taken.
    """
    services = pipeline.services

    def show(service: str | None, view: StatusView) -> StatusPage:
        try:
            return show_service(service, view, services) if service else show_board(view, services)
        except (BotoCoreError, ClientError) as error:
            raise as_command_error(error) from error

    try:
        server = PageServer(port, pipeline.stack, show)
    except OSError as error:
        message = f"Port {port} of {LOOPBACK} cannot be used: {error.strerror}. Give another --port, or none."
        raise CommandError(message, Exit.USAGE) from error
    with server:
        click.echo(server.url)
        say("Press Ctrl-C to stop.")
        if opens:
            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("Stopped.")
