"""What was rolled back stays back."""

from gantry.promotion.errors import QuarantinedError
from gantry.promotion.quarantine import Quarantine


def require_none(quarantine: Quarantine | None) -> None:
    """Return quietly when there is no quarantine.

    Raises:
        QuarantinedError: there is one.
    """
    if quarantine:
        raise QuarantinedError(quarantine.explain())
