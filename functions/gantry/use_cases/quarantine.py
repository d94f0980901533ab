"""What was rolled back stays back."""

from gantry.promotion.errors import QuarantinedError
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.release import Release
from gantry.use_cases.services import Services


def refuse_quarantined(services: Services, release: Release) -> None:
    """Return quietly when automation may promote a release.

    Raises:
        QuarantinedError: its digest was rolled back, and nobody has released it since.
    """
    require_none(services.quarantines.get(release.service, release.digest))


def require_none(quarantine: Quarantine | None) -> None:
    """Return quietly when there is no quarantine.

    Raises:
        QuarantinedError: there is one.
    """
    if quarantine:
        raise QuarantinedError(quarantine.explain())
