"""`gantry page`: the status page on this machine, with your own credentials."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="The board as a page, on this machine.")
@of_a_pipeline
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="On 127.0.0.1; any free one by default.")
@click.option("--open", "opens", is_flag=True, help="Open it in your browser.")
def command(pipeline: "Pipeline", port: int, opens: bool) -> None:
    """Serve the status page on 127.0.0.1 until you press Ctrl-C.

    It reads the ledger with your own credentials, and shows what `gantry status` and `gantry history` print.
    """
    from gantry.command_line.local_page import serve

    serve(pipeline, port, opens=opens)
