"""How much CPU functions take that somebody waits for, when they are cold and when they are warm."""

from sandbox.driver.pipeline import Pipeline
from sandbox.stories.bench.rows import Row, Seconds
from sandbox.stories.cold_starts import cold_starts

BEFORE = {"alarm to alias back": 1.17, "RestoreVersion": 0.59, "the approval page": 0.59}
"""CPU seconds of cold functions before they were made smaller, measured like today's. The goal is half of it."""
_WARM = 0.3


def rows(pipeline: Pipeline) -> list[Row]:
    """Measure an alarm's way to the stable version, a person's rollback and the approval page."""
    found: list[Row] = []
    for each in cold_starts(pipeline):
        before = BEFORE[each.what]
        found.append(Seconds(f"{each.what}: CPU of cold functions, {before} s before", each.cold, before / 2))
        found.append(Seconds(f"{each.what}: CPU of warm functions", each.warm, _WARM))
    return found
