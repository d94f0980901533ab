"""The facts that approvers saw when they answered. An approval keeps the same facts once, whoever has seen them."""

import json
from collections.abc import Mapping
from typing import Any

from gantry.promotion.approval_link import fingerprint

Snapshot = Mapping[str, Any]
"""The facts that a decision is about, as JSON. `approval_facts.snapshot` makes it."""

# An item of DynamoDB has room for 400 KB, and twenty answers need about a quarter of it.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
_LARGEST = 32 * 1024
_LARGEST_TOGETHER = 128 * 1024
"""Bytes of JSON."""
_LEFT_OUT = {"changes_left_out": True}


def with_snapshot(kept: Mapping[str, Snapshot], snapshot: Snapshot) -> dict[str, Snapshot]:
    """Return the snapshots that are kept, by fingerprint, with one more.

    A snapshot that is too large is kept without its changes: many targets that differ, each with its variables before
    and after, would leave no room for answers. The manifest revision and the revisions that were live still identify
    what changed, and the fingerprint covers the whole snapshot.
    """
    key = fingerprint(snapshot)
    if key in kept:
        return dict(kept)
    room = min(_LARGEST, _LARGEST_TOGETHER - sum(map(_size, kept.values())))
    candidates = (snapshot, _without_changes(snapshot))
    return {**kept, key: next((each for each in candidates if _size(each) <= room), _name_of(snapshot))}


def _name_of(snapshot: Snapshot) -> dict[str, Any]:
    """Return the least that is kept of any snapshot. It has about a hundred bytes."""
    return {"digest": snapshot.get("digest"), "manifest_revision": snapshot.get("manifest_revision")} | _LEFT_OUT


def live_in(snapshot: Snapshot) -> dict[str, str]:
    """Return what was live on each target, in words; without those on which nothing was."""
    found: dict[str, str] = {}
    for each in snapshot.get("differences", ()):
        found |= {target: live for target, live in zip(each["targets"], each.get("live", ()), strict=False) if live}
    return found


def _size(snapshot: Snapshot) -> int:
    return len(json.dumps(snapshot, ensure_ascii=False).encode(errors="surrogatepass"))


def _without_changes(snapshot: Snapshot) -> dict[str, Any]:
    differences = [
        {name: value for name, value in each.items() if name != "changes"} for each in snapshot.get("differences", ())
    ]
    rest = {name: value for name, value in snapshot.items() if name != "carried"}
    return {**rest, "differences": differences} | _LEFT_OUT
