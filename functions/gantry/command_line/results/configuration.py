"""What is said of a change of configuration alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ConfigurationStatus = Literal[
    "PLANNED", "UNCHANGED", "REFUSED", "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"
]

STATUSES: Mapping[str, ConfigurationStatus] = {
    "RUNNING": "RUNNING",
    "SUCCEEDED": "SUCCEEDED",
    "FAILED": "FAILED",
    "TIMED_OUT": "TIMED_OUT",
    "ABORTED": "ABORTED",
}
"""Those of an execution, as Step Functions calls them."""


@dataclass(frozen=True, slots=True)
class ConfigurationChange:
    """What came of a service's configuration."""

    service: str
    status: ConfigurationStatus
    """`UNCHANGED`: no environment's configuration differs from what is live, so nothing was started. `REFUSED`: nothing
    was started, and the reason says what to do. `PLANNED`: it was only looked at. Otherwise that of the execution."""
    code: int
    """The exit code."""
    environments: tuple[str, ...] | None = None
    """Those that get it, in order; null where only the execution knows, as previews are not allowed."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """By environment, why its configuration stays."""
    execution: str | None = None
    """The ARN of the promotion's execution; null where none was started."""
    reason: str | None = None
