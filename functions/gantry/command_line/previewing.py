"""Ask the pipeline what a promotion would do, and show it."""

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from gantry.command_line.errors import CommandError, Exit
from gantry.command_line.output import present
from gantry.command_line.promoting import Wish

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Answer, Pipeline
    from gantry.promotion.preview.preview import Preview

CODES = {
    "goes_through": Exit.HEALTHY,
    "waits_for_infrastructure": Exit.HEALTHY,
    "waits_for_people": Exit.WAITS_FOR_PEOPLE,
    "stopped": Exit.FAILED,
}
"""How a command ends, by what would come of the promotion."""
_NOT_THERE = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)


def show_preview(pipeline: "Pipeline", wish: Wish, output: str) -> int:
    """Print what would come of a wish; return the exit code.

    Raises:
        CommandError: the pipeline or IAM refuses to say.
    """
    from gantry.command_line.preview_text import draw_preview

    preview = asked_preview(pipeline, wish)
    present(preview, output, lambda console: draw_preview(console, preview))
    return int(CODES[preview.outcome])


def asked_preview(pipeline: "Pipeline", wish: Wish) -> "Preview":
    """Return what would come of a wish. The function looks with its own rights, which only read.

    Raises:
        CommandError: the pipeline or IAM refuses to say.
    """
    return read_answer(wish_answer(pipeline, wish))


def read_answer(answer: "Answer") -> "Preview":
    """Return the preview that the pipeline answers.

    Raises:
        CommandError: it refuses to say.
    """
    from pydantic import TypeAdapter

    from gantry.promotion.preview.preview import Preview

    return TypeAdapter(Preview).validate_python(answer.require_success())


def require_known(pipeline: "Pipeline", wish: Wish) -> None:
    """Return quietly unless what is wished for does not exist: then a promotion of it would only fail.

    Raises:
        CommandError: it does not.
    """
    try:
        answer = wish_answer(pipeline, wish)
    except CommandError:  # who may promote need not be allowed to preview
        return
    if answer.status in _NOT_THERE:
        answer.require_success()


def wish_answer(pipeline: "Pipeline", wish: Wish) -> "Answer":
    """Ask the pipeline what would come of a wish, and return its answer as it is."""
    query = wish.as_names()
    if wish.environments:
        query["environment"] = ",".join(wish.environments)
    if wish.why_released:
        query["release_from_quarantine"] = "true"
    if wish.is_configuration_only:
        query["configuration_only"] = "true"
    url = f"{pipeline.output('PreviewsUrl')}{quote(wish.service)}"
    return pipeline.call("GET", f"{url}?{urlencode(query, quote_via=quote)}" if query else url)
