"""How much CPU functions take that somebody waits for, when they are cold and when they are warm."""

from sandbox.driver.pipeline import Pipeline
from sandbox.stories.bench.rows import Row, Seconds
from sandbox.stories.cold_starts import cold_starts

_COLD, _WARM = 1.2, 0.3


def rows(pipeline: Pipeline) -> list[Row]:
    """Measure an alarm's way to the stable version, a person's rollback and the approval page."""
    found: list[Row] = []
    for each in cold_starts(pipeline):
        found.append(Seconds(f"{each.what}: CPU of cold functions", each.cold, _COLD))
        found.append(Seconds(f"{each.what}: CPU of warm functions", each.warm, _WARM))
    return found
