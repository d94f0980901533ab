"""What `gantry watch` shows, while a story waits."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from gantry.command_line.pipeline import Pipeline as Deployed
from gantry.command_line.progress_lines import Seen, changes
from gantry.command_line.watch_view import canary_drawn
from gantry.use_cases.operator.read_board import read_board
from sandbox.stand_in.accounts import ASSETS, REGION, ROOT_SECRET

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

    from gantry.promotion.board.board import Board
    from gantry.promotion.board.canary_progress import CanaryProgress
    from sandbox.driver.traffic import Answers
    from sandbox.stand_in.process import StandIn
    from sandbox.stories.story import Story

_EVERY = 1.0
"""Seconds between two looks."""
_INDENT = 13


class Watching:
    """Says what changes on the board, and draws the canaries that run."""

    def __init__(self, story: Story, read: Callable[[], Board], clock: Callable[[], float] = time.monotonic) -> None:
        self._story = story
        self._read = read
        self._clock = clock
        self._seen = Seen()
        self._looked = -_EVERY
        self._execution = ""
        self._before: tuple[Counter[str], Counter[str]] | None = None
        self.answers: Answers | None = None
        """What the story's own requests are answered by, while it sends some."""
        self.board: Board | None = None
        """What was last seen."""

    def look(self, is_last: bool = True) -> None:
        """Look once a second, and at the end of each wait, so that what was waited for comes after what led to it."""
        if not is_last and self._clock() - self._looked < _EVERY:
            return
        self._looked = self._clock()
        with suppress(ClientError, BotoCoreError):  # the next look may be answered
            self.board = self._read()
            self._show(self.board)

    def _show(self, board: Board) -> None:
        for line in changes(board, self._seen):
            self._story.say(line)
        canaries = list(_canaries(board))
        if canaries:
            parts = [Group(canary_drawn(each, board.at), *self._answered(each)) for each in canaries]
            self._story.screen.draw(Group(*parts))

    def _answered(self, canary: CanaryProgress) -> Iterator[Padding]:
        """Yield what the story's requests since the canary began were answered by."""
        if self.answers is None:
            return
        now = (self.answers.by_version.copy(), self.answers.failed.copy())
        if self._before is None or self._execution != canary.execution:
            self._execution, self._before = canary.execution, now
        requests, failed = (after - before for after, before in zip(now, self._before, strict=True))
        said = [f"{requests[name]} by version {name} ({failed[name]} failed)" for name in sorted(requests)]
        if said:
            yield Padding(Text(f"answered: {', '.join(said)}"), (0, 0, 0, _INDENT))


def _canaries(board: Board) -> Iterator[CanaryProgress]:
    targets = (each for known in board.services for here in known.environments for each in here.targets)
    yield from (each.moving.progress for each in targets if each.moving and each.moving.progress)


def reader(stand_in: StandIn) -> Callable[[], Board]:
    """Return what reads the board of all services of the pipeline that is deployed, as its root user.

    The command line's own adapters take their credentials from this process' environment.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ENDPOINT_URL": stand_in.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ASSETS,
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    services = Deployed("gantry").services
    return lambda: read_board(services)
