"""How a release did in the environments where it is or was live."""

from collections.abc import Mapping, Sequence
from typing import Any

from gantry.promotion.approval import Approval
from gantry.promotion.fact_section import FactSection
from gantry.promotion.live import Live
from gantry.promotion.release import Release
from gantry.promotion.timestamps import readable, span


def record_section(approval: Approval, lives: Sequence[Live], now: str) -> FactSection:
    """Return the record of a release everywhere but in the environment that it is asked for.

    Args:
        approval: the approval of the release.
        lives: what is live on all the targets of the service, in every environment.
        now: ISO 8601, UTC.
    """
    elsewhere = [live for live in lives if live.environment != approval.environment]
    rows = [
        (f"{live.environment}, {live.target.id}", record)
        for live in sorted(elsewhere, key=lambda each: each.current.since)
        if (record := _record(approval.release, live, now))
    ]
    return FactSection(
        "How it did so far", tuple(rows) or (("", "There is no record of it in any other environment."),)
    )


def _record(release: Release, live: Live, now: str) -> str | None:
    """Return the record on one target. If the artifact was live there several times, prefer this manifest revision."""
    revisions = (live.current, *live.lineage)
    places = [place for place, each in enumerate(revisions) if each.digest == release.digest]
    if not places:
        return None
    wanted = release.manifest_revision
    place = next((each for each in places if revisions[each].manifest_revision == wanted), places[0])
    found = revisions[place]
    other = "" if found.manifest_revision == wanted else " with another manifest revision"
    since = f"{found}{other}, since {readable(found.since)}"
    if place == 0:
        return f"{since} ({span(found.since, now)}): {_evidence(found.evidence)}"
    successor = revisions[place - 1]
    return f"{since}: {_evidence(found.evidence)}; replaced by {successor}, live since {readable(successor.since)}"


def _evidence(evidence: Sequence[Mapping[str, Any]] | None) -> str:
    """Return the verdict on each step."""
    if evidence is None:
        return "no verdict on record"
    return ", ".join(map(_step, evidence)) or "all traffic at once, so not judged"


def _step(step: Mapping[str, Any]) -> str:
    """Return the verdict on one step, with the number of requests where it is known."""
    requests = step.get("requests")
    counted = "" if requests is None else f" ({requests} request{'' if requests == 1 else 's'})"
    return f"{step['verdict']} at {step['weight']} %{counted}"
