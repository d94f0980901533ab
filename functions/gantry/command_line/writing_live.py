"""Invoke the function that writes parameters, for each environment that something is live in."""

import json
from typing import TYPE_CHECKING

from gantry.command_line.errors import CommandError, Exit
from gantry.command_line.output import present
from gantry.command_line.results.written_live import WrittenLive
from gantry.promotion.live_now import LiveFor

if TYPE_CHECKING:
    from rich.console import Console

    from gantry.command_line.pipeline import Pipeline


def write_live(pipeline: "Pipeline", service: str | None, environment: str | None, output: str) -> int:
    """Let the pipeline write, print what it has changed, and return the exit code.

    Raises:
        CommandError: nothing is live there.
    """
    owners = _owners(pipeline, service, environment)
    if not owners:
        where = " in ".join(filter(None, (service, environment))) or "this pipeline"
        raise CommandError(f"Nothing of {where} is live, so there is nothing to write.", Exit.USAGE)
    function = pipeline.output("LiveParametersFunctionName")
    written = [_written(function, each) for each in owners]
    present(written, output, lambda console: _draw(console, written))
    return int(Exit.FAILED if any(each.problem for each in written) else Exit.HEALTHY)


def _owners(pipeline: "Pipeline", service: str | None, environment: str | None) -> list[LiveFor]:
    if service and environment:
        return [LiveFor(service, environment)]
    found = {each.live_for for each in pipeline.services.leases.all() if each.live_for}
    chosen = [each for each in found if service in {None, each.service}]
    return sorted(chosen, key=lambda each: (each.service, each.environment))


def _written(function: str, owner: LiveFor) -> WrittenLive:
    from gantry.aws.clients import own_client

    body = json.dumps({"detail": {"service": owner.service, "environment": owner.environment}})
    payload = json.dumps({"Records": [{"body": body}]}).encode()
    answer = own_client("lambda").invoke(FunctionName=function, Payload=payload)
    said = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        return WrittenLive(owner.service, owner.environment, (), 0, str(said.get("errorMessage", said)))
    return WrittenLive(owner.service, owner.environment, tuple(said["changed"]), said["unchanged"])


def _draw(console: "Console", written: list[WrittenLive]) -> None:
    for each in written:
        name = f"{each.service} in {each.environment}"
        for problem in (each.problem or "").splitlines():
            console.print(f"{name}: {problem}", markup=False, soft_wrap=True)
        for changed in each.changed:
            console.print(f"{name}: {changed} says it now", markup=False, soft_wrap=True)
        if not each.problem and not each.changed:
            console.print(f"{name}: nothing to change", markup=False)
