"""What kinds of target are made of."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gantry.artifacts.artifact_objects import ArtifactObjects
    from gantry.aws.accounts import Accounts


@dataclass(frozen=True, slots=True)
class KindParts:
    """What the pipeline has for every kind. A kind takes what it needs."""

    accounts: "Accounts"
    """The way into the workload accounts."""
    registry_account: str
    """The id of the account that has the artifacts."""
    region: str
    """The region of the pipeline and its artifacts."""
    metrics_delay: timedelta
    """How long a service's metrics may come after what they count has ended."""
    objects: "Callable[[], ArtifactObjects]"
    """Returns the artifact buckets, as the pipeline's own account reads them."""
