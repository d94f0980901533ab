"""Start a change of configuration alone: each environment keeps the artifact that is live there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from gantry.aws.deadline import Deadline
from gantry.command_line.errors import CommandError, Exit
from gantry.command_line.output import say
from gantry.command_line.previewing import read_answer, wish_answer
from gantry.command_line.promoting import Wish, promote, wait_for
from gantry.command_line.results.configuration import STATUSES, ConfigurationChange, ConfigurationStatus
from gantry.command_line.waiting import ticks

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline
    from gantry.promotion.configuration_changes import ConfigurationPlan
    from gantry.promotion.manifest.content import Manifest
    from gantry.promotion.preview.preview import Preview

_EVERY = 10.0
"""Seconds between looks whether the promotion that is under way has ended."""


def change_configurations(
    pipeline: "Pipeline", wishes: Sequence[Wish], timeout: int | None
) -> tuple[ConfigurationChange, ...]:
    """Start a promotion of each configuration that differs from what is live; with a timeout, wait for turn and end.

    What one service is refused keeps no other from starting.
    """
    deadline = None if timeout is None else Deadline.after(timeout)
    started = [change_configuration(pipeline, wish, deadline) for wish in wishes]
    return tuple(_ended(pipeline, each, deadline) for each in started)


def change_configuration(pipeline: "Pipeline", wish: Wish, deadline: Deadline | None) -> ConfigurationChange:
    """Start one. With a deadline, wait until no other promotion of the service is under way; never for its end."""
    try:
        preview = _previewed(pipeline, wish, deadline.left() if deadline else 0)
    except CommandError as error:
        return _refused(wish.service, error.message, error.exit_code)
    found = ConfigurationChange(wish.service, "UNCHANGED", int(Exit.HEALTHY))
    if preview:
        found = replace(
            found, left_out=preview.left_out, environments=tuple(each.name for each in preview.environments)
        )
        if not preview.environments:
            return found
    try:
        execution = promote(pipeline, wish, None).execution
    except CommandError as error:
        return replace(found, status="REFUSED", code=error.exit_code, reason=error.message)
    return replace(found, status="RUNNING", execution=execution, environments=found.environments if preview else None)


def planned(pipeline: "Pipeline", manifest: "Manifest") -> ConfigurationChange:
    """Return what a manifest that is not in the bucket yet would bring, as the caller's own credentials can see it."""
    from gantry.promotion.errors import InvalidRequestError
    from gantry.use_cases.configuration.planning import in_flight, plan_configuration, why_in_flight

    if running := in_flight(manifest.service, pipeline.services):
        return _refused(manifest.service, f"{why_in_flight(running[0])}.")
    try:
        plan, _ = plan_configuration(manifest, None, pipeline.services)
    except InvalidRequestError as error:
        return _refused(manifest.service, f"{error}.")
    return _of_plan(manifest.service, plan)


def _of_plan(service: str, plan: "ConfigurationPlan") -> ConfigurationChange:
    status: ConfigurationStatus = "PLANNED" if plan.kept else "UNCHANGED"
    return ConfigurationChange(service, status, int(Exit.HEALTHY), tuple(plan.kept), plan.left_out)


def change_lines(changed: ConfigurationChange) -> Iterator[str]:
    """Yield what people read of it."""
    name = f"{changed.service}: the configuration"
    match changed.status:
        case "UNCHANGED":
            yield f"{name} is what is live, so nothing was started"
        case "REFUSED":
            yield f"{name} was not promoted. {changed.reason}"
        case "PLANNED":
            yield f"{name} would go to {', '.join(changed.environments or ())}, with the artifact that is live in each"
        case _:
            where = ", ".join(changed.environments or ()) or "where it differs"
            yield f"{name} goes to {where}, with the artifact that is live in each: {changed.status.lower()}"
            yield f"  {changed.execution}"
            if changed.reason:
                yield f"  {changed.reason}"
    yield from (f"  not to {environment}: {why}" for environment, why in changed.left_out.items())


def _refused(service: str, reason: str, code: int = Exit.FAILED) -> ConfigurationChange:
    return ConfigurationChange(service, "REFUSED", int(code), reason=reason)


def _previewed(pipeline: "Pipeline", wish: Wish, seconds: float) -> "Preview | None":
    """Return what would come of it; None where the caller may promote, but not preview.

    Raises:
        CommandError: a promotion is under way and there is no time to wait for its end, or the pipeline refuses it.
    """
    is_told = False
    for _ in ticks(_EVERY, seconds):
        try:
            answer = wish_answer(pipeline, wish)
            if answer.status != HTTPStatus.CONFLICT:
                return read_answer(answer)
        except CommandError as error:
            if error.exit_code == Exit.NOT_ALLOWED:
                return None
            raise
        if seconds and not is_told:
            say(f"Waiting: {answer.error}")
            is_told = True
    answer.require_success()
    return None


def _ended(pipeline: "Pipeline", started: ConfigurationChange, deadline: Deadline | None) -> ConfigurationChange:
    if deadline is None or started.execution is None or started.status != "RUNNING":
        return started
    followed = wait_for(pipeline, started.execution, started.service, deadline.left())
    is_none = followed.status == "SUCCEEDED" and followed.reason is not None  # the execution found nothing to do
    status: ConfigurationStatus = "UNCHANGED" if is_none else STATUSES[followed.status]
    return replace(started, status=status, reason=followed.reason, code=followed.code)
