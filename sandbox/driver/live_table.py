"""The table of what is live."""

from sandbox.driver.cowsay import SERVICE
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import WORKLOAD_ACCOUNTS


def table(pipeline: Pipeline) -> str:
    """Return a table of what the ledger calls live, and whether each alias routes to exactly that."""
    rows = [("environment", "version", "digest", "tag", "state")]
    for environment, live in pipeline.live(SERVICE).items():
        routing = pipeline.routing(WORKLOAD_ACCOUNTS[environment], SERVICE)
        agrees = routing == {"version": live["revision"], "weights": {}}
        state = "live" if agrees else f"DRIFT: the alias routes to {routing}"
        rows.append((environment, live["revision"], live["digest"][:19] + "…", live.get("tag", ""), state))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
