"""The sandbox that runs, for commands in other terminals."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sandbox.stand_in.process import StandIn
from sandbox.stand_in.workspace import FOLDER

_USUAL_PORT: Final = 4600


class NotRunningError(Exception):
    """No sandbox runs here. The message says how to start one."""


class Running(StandIn):
    """A stand-in that another process has started and will stop."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self.endpoint = endpoint

    def check(self) -> None:
        """Check nothing: the stand-in's answers show whether it runs."""


def chosen_port() -> int:
    """Return where the sandbox answers on 127.0.0.1: at the port in the variable GANTRY_PORT, or else 4600."""
    return int(os.environ.get("GANTRY_PORT", _USUAL_PORT))


def remember(endpoint: str, mails: int) -> None:
    """Note where the sandbox answers, so that commands find it, and that the mails sent until now are old."""
    FOLDER.mkdir(exist_ok=True)
    _write({"endpoint": endpoint, "shown": list(range(mails))})


def forget() -> None:
    """Remove the note, because the sandbox ends."""
    _note().unlink(missing_ok=True)


def endpoint() -> str:
    """Return where the sandbox answers.

    Raises:
        NotRunningError: none runs here.
    """
    return str(_read()["endpoint"])


def shown_mails() -> set[int]:
    """Return which mails were shown so far, or are older than the sandbox's first word: places among all mails."""
    return set(_read()["shown"])


def note_shown_mails(places: Iterable[int]) -> None:
    """Note that mails were shown, so that the next command waits for a newer one."""
    note = _read()
    note["shown"] = sorted({*note["shown"], *places})
    _write(note)


def _read() -> dict[str, Any]:
    with suppress(OSError, ValueError):
        note: dict[str, Any] = json.loads(_note().read_text(encoding="utf-8"))
        return note
    port = f"GANTRY_PORT={chosen_port()} " if "GANTRY_PORT" in os.environ else ""
    raise NotRunningError(f"No sandbox runs here. Start one in another terminal: {port}make sandbox")


def _write(note: dict[str, Any]) -> None:
    file = _note()
    fresh = file.with_suffix(".fresh")
    fresh.write_text(json.dumps(note), encoding="utf-8")
    fresh.replace(file)


def _note() -> Path:
    """Each port has a note of its own, as each may have a sandbox."""
    return FOLDER / f"sandbox-{chosen_port()}.json"
