"""The facts that people get about a canary of which too little is known, the same in the mail and on the page."""

from dataclasses import asdict
from typing import Any

from gantry.promotion.approval import Approval
from gantry.promotion.canary_question import CanaryQuestion, MinuteCounts
from gantry.promotion.durations import text
from gantry.promotion.fact_section import KNOWN, FactSection
from gantry.promotion.live_now import version_name
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import foreign, shortened

_LONGEST_SENTENCE = 1000
"""Characters of one reason."""


def canary_snapshot(approval: Approval, canary: CanaryQuestion) -> dict[str, Any]:
    """Return what a decision about a canary is about, without the minutes, which only the chart shows."""
    asked = asdict(canary)
    asked["known"] = {name: value for name, value in asked["known"].items() if name != "minutes"}
    release = approval.release
    return {
        "digest": release.digest,
        "tag": release.tag,
        "manifest_revision": release.manifest_revision,
        "target": approval.targets[0].id,
        "canary": asked,
    }


def in_short(canary: CanaryQuestion) -> dict[str, Any]:
    """Return what automation gets of a question about a canary."""
    return {
        "canary": canary.canary,
        "weight": canary.weight,
        "known": list(canary.known.reasons),
        "keep_waiting_until": canary.keep_waiting_until,
    }


def known_section(canary: CanaryQuestion) -> FactSection:
    """Return what is known of the canary, and what is missing."""
    rows = [("", shortened(each, _LONGEST_SENTENCE)) for each in canary.known.reasons]
    if minutes := canary.known.minutes:
        rows.append((f"Version {canary.canary}, new", _counted(minutes, "canary")))
        rows.append((f"Version {canary.stable}, stable", _counted(minutes, "stable")))
        rows.append(("Counted", f"{len(minutes)} minutes from {readable(minutes[0].at)} on"))
    return FactSection(KNOWN, tuple(rows))


def canary_section(approval: Approval, canary: CanaryQuestion) -> FactSection:
    """Return which canary it is, and what becomes of it."""
    after = "all traffic" if canary.is_last_step else "the next step"
    rows = (
        ("Target", approval.targets[0].id),
        ("Traffic now", _traffic_now(approval, canary)),
        ("Watched with", f"{canary.watched_weight} %, step {canary.step} of {canary.steps}"),
        ("Promote anyway", f"{after} for {_new(approval, canary)}; alarms and harm that is shown still end it"),
        ("Roll back", f"all traffic to version {canary.stable}, and no quarantine"),
    )
    watching = f"{', '.join(approval.alarms)}; one that changes to ALARM rolls it back at once, also while people think"
    nobody = "the manifest names none, so none can roll it back while people think"
    alarms = ("Alarms", watching if approval.alarms else nobody)
    return FactSection("The canary", (*rows, *_waiting(canary), alarms))


def _new(approval: Approval, canary: CanaryQuestion) -> str:
    tag = approval.release.tag
    return version_name(canary.canary, foreign(tag) if tag else None)


def _traffic_now(approval: Approval, canary: CanaryQuestion) -> str:
    now = f"{canary.weight} % on {_new(approval, canary)}, the rest on {canary.stable}, while people think"
    goes_on_only = canary.keeps_weight and canary.step > 1
    return f"{now}: the service can only go on, or all the way back" if goes_on_only else now


def _waiting(canary: CanaryQuestion) -> list[tuple[str, str]]:
    if canary.keep_waiting_until is None:
        return [("Keep waiting", "no more: the rollout would take longer than it may")]
    weight = f"still {canary.watched_weight} %" if canary.keeps_weight else f"{canary.watched_weight} % again"
    more = f"watched for {text(canary.max_bake_seconds)} more"
    return [("Keep waiting", f"{weight}, {more}; possible until {readable(canary.keep_waiting_until)}")]


def _counted(minutes: tuple[MinuteCounts, ...], which: str) -> str:
    requests = _sum(minutes, f"{which}_requests")
    if requests is None:
        return "nothing was counted"
    failed = _sum(minutes, f"{which}_failed") or 0
    share = f", {100 * failed / requests:.2f} %" if requests else ""
    return f"{requests:,.0f} requests, {failed:,.0f} failed{share}"


def _sum(minutes: tuple[MinuteCounts, ...], name: str) -> float | None:
    known = [value for each in minutes if (value := getattr(each, name)) is not None]
    return sum(known) if known else None
