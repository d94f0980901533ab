"""Ask the pipeline how the targets stand to the ledger, and show it."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from gantry.command_line.errors import Exit
from gantry.command_line.output import present

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gantry.command_line.pipeline import Pipeline
    from gantry.promotion.drift.report import DriftReport

CODES = {"OUT_OF_SYNC": Exit.FAILED, "UNKNOWN": Exit.TIMED_OUT}
"""How `--exit-code` lets the command end. A target that moves is no failure."""


def show_drift(
    pipeline: "Pipeline", service: str | None, manifests: "Sequence[Path]", output: str, *, with_code: bool
) -> int:
    """Print how the targets stand, and the manifests of a checkout if some are named; return the exit code.

    Raises:
        CommandError: the pipeline or IAM refuses to say.
    """
    from gantry.command_line.drift_table import draw_drift

    report = asked_drift(pipeline, service)
    if manifests:
        from gantry.command_line.manifest_drift import with_manifests

        report = with_manifests(report, pipeline, service, manifests)
    present(report, output, lambda console: draw_drift(console, report))
    return int(CODES.get(report.state, Exit.HEALTHY)) if with_code else int(Exit.HEALTHY)


def asked_drift(pipeline: "Pipeline", service: str | None) -> "DriftReport":
    """Return how the targets stand. The function looks with its own rights, which only read.

    Raises:
        CommandError: the pipeline or IAM refuses to say, or nothing of the service is live.
    """
    from pydantic import TypeAdapter

    from gantry.promotion.drift.report import DriftReport

    url = pipeline.output("DriftUrl")
    answer = pipeline.call("GET", f"{url}/{quote(service)}" if service else url)
    return TypeAdapter(DriftReport).validate_python(answer.require_success())
