"""The options that all commands about a pipeline have."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click

from gantry.command_line.pipeline import Pipeline

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")
_DEFAULT_STACK = "gantry"


def of_a_pipeline(command: Callable[..., Returned]) -> Callable[..., Returned]:
    """Give a command the options that find its pipeline, and the pipeline as its first argument."""

    @click.option(
        "--stack",
        default=_DEFAULT_STACK,
        show_default=True,
        envvar="GANTRY_STACK",
        show_envvar=True,
        help="Gantry's stack.",
    )
    @click.option("--region", envvar="AWS_REGION", show_envvar=True, help="The AWS region that the stack is in.")
    @click.option("--profile", help="A profile of your AWS configuration.")
    @wraps(command)
    def with_pipeline(*given: Any, stack: str, region: str | None, profile: str | None, **others: Any) -> Returned:  # noqa: ANN401 -- click's arguments
        return command(Pipeline(stack, profile, region), *given, **others)

    return with_pipeline


def with_output(command: Callable[..., Returned]) -> Callable[..., Returned]:
    """Give a command the option `--output`, as the argument `output`: `table` or `json`."""
    choice = click.Choice(["table", "json"])
    return click.option("--output", type=choice, default="table", show_default=True, help="JSON is stable.")(command)


def of_a_canary(action: str) -> Callable[[Callable[..., Returned]], Callable[..., Returned]]:
    """Give a command the arguments that name running canaries, and what is wanted of them as the argument `wish`."""

    def with_options(command: Callable[..., Returned]) -> Callable[..., Returned]:
        @click.argument("service")
        @click.argument("environment", metavar="ENV")
        @click.option("--reason", help="Why. It is kept, and people are told.")
        @click.option("--target", metavar="ID", help="Only the canary of this target.")
        @click.option("--step", type=click.IntRange(1), help="Only if it is at this step, which you have seen.")
        @wraps(command)
        def with_wish(
            *given: Any,  # noqa: ANN401 -- click's arguments
            service: str,
            environment: str,
            reason: str | None,
            target: str | None,
            step: int | None,
            **others: Any,  # noqa: ANN401 -- click's arguments
        ) -> Returned:
            from gantry.command_line.steering import SteeringWish
            from gantry.promotion.steering import Action

            wish = SteeringWish(Action(action), service, environment, target, reason, step)
            return command(*given, wish=wish, **others)

        return with_wish

    return with_options
