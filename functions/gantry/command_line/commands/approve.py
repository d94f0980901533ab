"""`gantry approve`: answer what waits for people."""

from typing import TYPE_CHECKING

import click

from gantry.command_line.options import of_a_pipeline, with_output

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@click.command(short_help="Approve what waits for people.")
@click.argument("approval", metavar="ID")
@click.option("--reason", required=True, help="Why. It is kept with your answer.")
@click.option("--confirm", "confirmed", metavar="ENV", help="The environment's name, if the manifest asks for it.")
@with_output
@of_a_pipeline
def command(pipeline: "Pipeline", approval: str, reason: str, confirmed: str | None, output: str) -> None:
    """Approve what waits: a release for an environment, or a canary of which too little is known.

    ID is the approval's, as `gantry approvals` shows it, or the beginning of it. The manifest has to name your role or
    user as an approver.
    """
    from gantry.command_line.answering import Answer, answer
    from gantry.command_line.output import present
    from gantry.promotion.visible_text import one_line

    said = answer(pipeline, approval, Answer("approved", reason, confirmed))
    present(said, output, lambda console: console.print(one_line(said.explanation or "Your answer is kept.")))
