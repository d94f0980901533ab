"""Many services pushed at once."""

from sandbox.driver.pipeline import Pipeline
from sandbox.stories.bench.rows import Count, Outcome, Row, Seconds
from sandbox.stories.races import many_services

SERVICES = (50, 200)
_SECONDS = {50: 120, 200: 480}


def rows(pipeline: Pipeline) -> list[Row]:
    """Push one image of each of so many services at once."""
    return [row for number in SERVICES for row in _rows(pipeline, number)]


def _rows(pipeline: Pipeline, number: int) -> list[Row]:
    race = many_services(pipeline, number, prefix=f"cowsay-{number}")
    what = f"{number} services at once: "
    lost = sum(each.outcome != "completed" for each in race.promotions)
    return [
        Count(f"{what}promotions that did not succeed", lost, 0),
        Count(f"{what}leases held or waited for afterwards", race.left, 0),
        Outcome(f"{what}the ledger and the aliases", "agree" if race.live == race.running else "disagree", "agree"),
        Seconds(f"{what}all have ended", race.seconds, _SECONDS[number]),
    ]
