"""What commands print: data to stdout, progress to stderr."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console


def present(value: Any, output: str, draw: "Callable[[Console], None]") -> None:  # noqa: ANN401 -- dataclasses or JSON
    """Print a result: as JSON, or drawn for people.

    Args:
        value: a dataclass, a list of them, or what JSON can hold. The names of the fields are the documented ones.
        output: `table` or `json`.
        draw: draws it for people.
    """
    if output == "json":
        click.echo(json.dumps(value, indent=2, default=_as_object))
        return
    draw(console())


def _as_object(value: Any) -> dict[str, Any]:  # noqa: ANN401 -- whatever JSON does not hold by itself
    return asdict(value)


def console(*, to_stderr: bool = False) -> "Console":
    """Return what draws: colours only on a terminal and without NO_COLOR, 80 columns where there is none.

    Text is text: what people and pipelines have written is never taken for marks of style.
    """
    from rich.console import Console

    plain: dict[str, bool] = {"stderr": to_stderr, "highlight": False, "markup": False, "emoji": False}
    drawn = Console(**plain)  # type: ignore[arg-type]  # its options have many types
    return drawn if drawn.is_terminal else Console(width=max(80, drawn.width), **plain)  # type: ignore[arg-type]


def say(sentence: str) -> None:
    """Tell people how it goes on, on stderr."""
    click.echo(sentence, err=True)
