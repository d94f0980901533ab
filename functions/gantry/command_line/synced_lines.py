"""What a sync of manifests did, for people."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gantry.command_line.configuring import change_lines
from gantry.command_line.output import present, say
from gantry.command_line.results.synced import Synced
from gantry.promotion.manifest_sync import SHORT, SyncStep

if TYPE_CHECKING:
    from gantry.command_line.git_checkout import GitCheckout

_MOST_NAMED = 5
_DONE = {"nothing": "unchanged", "upload": "uploaded", "remove": "removed", "keep": "kept", "refuse": "refused"}
_PLANNED = _DONE | {"upload": "to upload", "remove": "to remove"}
_BEATEN = "not {how}: somebody else changed it meanwhile. Run it again"


def warn_of_uncommitted(checkout: "GitCheckout", commit: str, scope: Sequence[str]) -> None:
    """Say which files are not as the commit has them, as the commit is what counts."""
    if checkout.commit("HEAD") != commit:
        return
    found = [file for place in scope for file in checkout.uncommitted(place)]
    if found:
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        say(f"Not as in {commit[:SHORT]}, which is what is synced: {', '.join(found[:_MOST_NAMED])}{more}")


def show_synced(synced: Synced, output: str) -> None:
    """Print it."""
    text = "\n".join(_lines(synced)) or "There is no manifest."
    present(synced, output, lambda console: console.print(text, soft_wrap=True, markup=False))


def _lines(synced: Synced) -> Iterator[str]:
    yield from synced.problems
    yield from (f"warning: {each}" for each in synced.warnings)
    yield from (f"{each.key}: {_said(each, synced)}" for each in synced.manifests)
    if synced.is_refused:
        yield "Nothing was written."
    for each in synced.configurations:
        yield from change_lines(each)


def _said(step: SyncStep, synced: Synced) -> str:
    is_planned = synced.is_dry_run or synced.is_refused
    how = (_PLANNED if is_planned else _DONE)[step.action]
    if step.action in {"upload", "remove"} and not (is_planned or step.is_done):
        return _BEATEN.format(how=how)
    return f"{how}: {step.why}"
