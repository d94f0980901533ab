"""What moves: a canary with its share of the traffic and what is left of its bake, each as words and as a bar."""

from gantry.promotion.board.board import Moving
from gantry.promotion.board.canary_progress import CanaryProgress, CanarySeen
from gantry.promotion.status_page.words import age, duration, name_of, person, sentence
from gantry.promotion.timestamps import moment

_WIDTH = 120


def bar(share: float) -> str:
    """Return a bar that is filled to a share from 0 to 1. The words beside it say the same, so readers pass it over."""
    filled = round(_WIDTH * min(max(share, 0.0), 1.0))
    return (
        f'<svg class="bar" viewBox="0 0 {_WIDTH} 8" aria-hidden="true"><path d="M0 4H{_WIDTH}" stroke="currentColor" '
        f'stroke-width="2" stroke-opacity=".4"/><path d="M0 4H{filled}" stroke="currentColor" stroke-width="8"/></svg>'
    )


def moving_html(moving: Moving, now: str) -> str:
    """Return what an execution does to a target, short enough for a cell."""
    if moving.release is None:
        return f"<strong>rolling back</strong> for {age(moving.since, now)}"
    what = f"<strong>{name_of(moving.release)}</strong>"
    if moving.progress is None:
        return f"{what} is prepared, for {age(moving.since, now)}"
    progress = moving.progress
    return f"{what} at {progress.weight} %{bar(progress.weight / 100)}{_left(progress, now)}"


def _left(progress: CanaryProgress, now: str) -> str:
    """Return what the canary waits for. A pause outweighs all else, because only a person ends it."""
    if progress.paused:
        return f"<strong>paused</strong> by {person(progress.paused.by)} for {age(progress.paused.at, now)}"
    if progress.waits_for == "people":
        return "people are asked"
    if progress.waits_for == "traffic":
        return f"its traffic is on the way, for {age(progress.shifted_at, now)}"
    left = (moment(progress.bake_until) - moment(now)).total_seconds()
    if left <= 0:
        return "baked; waits for its verdict"
    whole = (moment(progress.bake_until) - moment(progress.shifted_at)).total_seconds()
    return f"bakes {duration(left)} more{bar(left / whole if whole > 0 else 0.0)}"


def step_words(progress: CanaryProgress) -> str:
    """Return which step a canary is at."""
    if progress.step > progress.steps:
        return "it has all traffic"
    return f"step {progress.step} of {progress.steps}"


def seen_html(seen: CanarySeen, now: str) -> str:
    """Return what the judge last saw, with its numbers."""
    counts = ", ".join(
        f"{name}: {_of(failed, requests)}"
        for name, requests, failed in (
            ("new version", seen.canary_requests, seen.canary_failed),
            ("stable version", seen.stable_requests, seen.stable_failed),
        )
        if requests is not None
    )
    why = "; ".join(sentence(each) for each in seen.reasons)
    return "; ".join(part for part in (f"{sentence(seen.verdict)}, {age(seen.at, now)} ago", counts, why) if part)


def _of(failed: float | None, requests: float) -> str:
    known = "an unknown number" if failed is None else f"{failed:,.0f}"
    return f"{known} of {requests:,.0f} requests failed"
