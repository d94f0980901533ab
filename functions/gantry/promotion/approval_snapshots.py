"""What approvers were shown when they answered, as an approval keeps it: each difference once, however many saw it."""

import json
from collections.abc import Mapping
from typing import Any

from gantry.promotion.approval_link import fingerprint

Shown = Mapping[str, Any]

# An item of DynamoDB has room for 400 KB, and what is kept of twenty answers needs about a quarter of it.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
_LARGEST = 32 * 1024
_LARGEST_TOGETHER = 128 * 1024
"""Bytes of JSON."""


def with_one_more(kept: Mapping[str, Shown], shown: Shown) -> dict[str, Shown]:
    """What is kept, by fingerprint, with what one more approver was shown.

    What is too large is kept without its changes: many targets that differ, each with its variables before and after,
    would leave no room for answers. The manifest revision and the versions that were live still tell what changed, and
    the fingerprint is of the whole.
    """
    key = fingerprint(shown)
    if key in kept:
        return dict(kept)
    together = _size(shown) + sum(map(_size, kept.values()))
    fits = _size(shown) <= _LARGEST and together <= _LARGEST_TOGETHER
    return {**kept, key: shown if fits else _without_changes(shown)}


def _size(shown: Shown) -> int:
    return len(json.dumps(shown, ensure_ascii=False).encode(errors="surrogatepass"))


def _without_changes(shown: Shown) -> dict[str, Any]:
    differences = [
        {name: value for name, value in each.items() if name != "changes"} for each in shown.get("differences", ())
    ]
    return {**shown, "differences": differences, "changes_left_out": True}
