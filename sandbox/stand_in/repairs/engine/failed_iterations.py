"""What a failed iteration of a `Map` does to the others.

Restores: when an iteration fails with an error that nothing in it catches, the other iterations of the same `Map` are
aborted. An execution that one of them has started with `.sync` is stopped, if the machine's role may. The engine lets
them go on beside what the `Catch` leads to.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

import datetime

from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (
    InlineIterationComponent,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Let a failed iteration abort the others."""
    put_in_front(InlineIterationComponent, "_eval_body", _abort_the_others)


def _abort_the_others(original: Original, self: InlineIterationComponent, env: Environment) -> None:
    try:
        original(self, env)
    except Exception:
        for frame in list(env._frames):
            frame.set_stop(datetime.datetime.now(datetime.UTC), cause=None, error=None)
        raise
