"""What a running sandbox shows of all services: what moves, mails, notifications. And it sends requests to prod."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from sandbox.driver.notices import mails_to, notifications, subscribe
from sandbox.driver.traffic import traffic
from sandbox.stand_in.accounts import PROD

if TYPE_CHECKING:
    from gantry.promotion.board.board import Board, TargetOnBoard
    from sandbox.driver.pipeline import Pipeline
    from sandbox.stories.story import Story
    from sandbox.stories.watching import Watching

_EVERY = 1.0
_BETWEEN_REQUESTS = 0.2
"""Seconds."""
_LAMBDA = "lambda"


def follow(pipeline: Pipeline, story: Story, watching: Watching) -> None:
    """Show what happens, until somebody ends it. Raises StandInError when the stand-in has ended."""
    topic = pipeline.outputs["NotificationTopicArn"]
    subscribe(pipeline.stand_in, topic)
    known_mails = len(mails_to(pipeline.stand_in, None))
    known_notices = 0
    with ExitStack() as requests:
        served: set[tuple[str, str]] = set()
        while True:
            pipeline.stand_in.check()
            watching.look()
            for function, alias in _in_prod(watching.board) - served:
                served.add((function, alias))
                requests.enter_context(traffic(pipeline, PROD, function, alias, _BETWEEN_REQUESTS))
            for mail in (found := mails_to(pipeline.stand_in, None))[known_mails:]:
                story.say(f"mail to {', '.join(mail.to)}: {mail.subject}")
            for notice in (told := notifications(pipeline.stand_in, topic))[known_notices:]:
                story.say(f"notification: {notice.partition(chr(10))[0]}")
            known_mails, known_notices = len(found), len(told)
            time.sleep(_EVERY)


def _in_prod(board: Board | None) -> set[tuple[str, str]]:
    """Return function and alias of each target in the account prod that has a live version."""
    services = board.services if board else ()
    targets = [each for known in services for here in known.environments for each in here.targets]
    names = [each.target.name for each in targets if each.live and each.target.account == PROD and _is_function(each)]
    return {(name.rpartition("/")[0], name.rpartition("/")[2]) for name in names}


def _is_function(target: TargetOnBoard) -> bool:
    return target.target.kind == _LAMBDA
