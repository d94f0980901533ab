"""What lets a bad release reach more targets than before."""

from collections.abc import Iterator, Sequence

from gantry.promotion.manifest.content import Environment
from gantry.promotion.waves import Wave, waves_of


def weaker_waves(before: Environment, after: Environment) -> Iterator[str]:
    """Yield each way in which a failure would meet more of the targets that there are now, one sentence each."""
    if len(after.targets) == 1:
        return
    was, now = waves_of(after.targets, before.waves, after.sharing_drafts), after.in_waves
    if len(now[0]) > len(was[0]):
        yield f"a release begins on {len(now[0])} targets at once instead of {len(was[0])}"
    if _largest(now[1:]) > _largest(was):
        yield f"after the first wave, {_largest(now[1:])} instead of {_largest(was)} targets get a release at once"
    if _mixes_regions(now, after) and not _mixes_regions(was, after):
        yield "several regions get a release at once"
    if before.on_failure == "roll_back_environment" and after.on_failure == "stop":
        yield "when a target fails, those that are complete keep the release"


def _largest(waves: Sequence[Wave]) -> int:
    return max(map(len, waves), default=0)


def _mixes_regions(waves: Sequence[Wave], environment: Environment) -> bool:
    return any(len({environment.targets[index].region for index in wave}) > 1 for wave in waves)
