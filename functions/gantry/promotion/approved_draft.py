"""What approvers saw of each target's draft: what a release takes from there. Only that may go live.

It travels through the machines and stays in the approval, so it is kept small. A group of settings that is too large is
kept as a fingerprint, which still says whether something changed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from gantry.promotion.difference import MaskedSettings, changes, group_of
from gantry.promotion.errors import DraftChangedError

LARGEST_TOGETHER = 32 * 1024
"""Bytes of JSON of all drafts of one environment. `manifest.written_size` says what else an approval has room for."""
_LARGEST = 4 * 1024
_MOST_NAMED = 5


def kept(draft: MaskedSettings, targets: int) -> MaskedSettings:
    """Return a draft as the machines carry it, when there are as many targets as that."""
    groups = _groups(draft)
    for group in sorted(groups, key=lambda name: _size(groups[name]), reverse=True):
        if _size(_joined(groups)) <= min(_LARGEST, LARGEST_TOGETHER // targets):
            break
        groups[group] = _in_short(group, groups[group])
    return _joined(groups)


def require_same_draft(target_id: str, approved: MaskedSettings, taken: MaskedSettings) -> None:
    """Return quietly when everything that a release takes from a draft is as the approvers saw it.

    Raises:
        DraftChangedError: something is not.
    """
    _require(target_id, approved, taken, _groups(taken))


def require_as_approved(target_id: str, approved: MaskedSettings, revision: MaskedSettings) -> None:
    """Return quietly when a revision has everything that the approvers saw of the draft.

    Raises:
        DraftChangedError: it has something else. Somebody has changed the draft since it was looked at.
    """
    _require(target_id, approved, revision, _groups(approved))


def _require(target_id: str, approved: MaskedSettings, actual: MaskedSettings, groups: Iterable[str]) -> None:
    seen, found = _groups(approved), _groups(actual)
    wrong = [each for each in groups if not _is_same(each, seen.get(each, {}), found.get(each, {}))]
    if wrong:
        lines = [line for group in wrong for line in _lines(seen.get(group, {}), found.get(group, {}))]
        more = f"; and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
        message = (
            f"{target_id}: what the release takes from the target was changed after its approvers had looked at it: "
            f"{'; '.join(lines[:_MOST_NAMED])}{more}. Start the promotion again: then they are asked about it as it is"
        )
        raise DraftChangedError(message)


def _is_same(group: str, seen: MaskedSettings, found: MaskedSettings) -> bool:
    return seen in (found, _in_short(group, found))


def _lines(seen: MaskedSettings, found: MaskedSettings) -> list[str]:
    return [
        f"{each.key} was {_said(each.before)} and is {_said(each.after)}"
        for each in (change.for_people() for change in changes(seen, found))
    ]


def _said(value: str | None) -> str:
    return "not there" if value is None else value


def _groups(settings: MaskedSettings) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for key, value in settings.items():
        found.setdefault(group_of(key), {})[key] = value
    return found


def _joined(groups: Mapping[str, MaskedSettings]) -> dict[str, str]:
    return {key: value for settings in groups.values() for key, value in settings.items()}


def _in_short(group: str, settings: MaskedSettings) -> dict[str, str]:
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    return {group: f"{len(settings)} settings, too many to show #{digest[:16]}"}


def _size(settings: MaskedSettings) -> int:
    return len(json.dumps(settings, ensure_ascii=False).encode(errors="surrogatepass"))
