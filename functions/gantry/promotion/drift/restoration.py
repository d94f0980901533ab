"""Whether Gantry restores what others have changed in an environment, by a promotion of what is live there."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from gantry.promotion.drift.record import DriftFinding, DriftRecord
from gantry.promotion.drift.report import NewestManifest, ServiceDrift, TargetDrift
from gantry.promotion.drift.states import DriftState

BY = "Gantry, which restores what others have changed"
"""Who starts it, for people."""
_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Restoration:
    """What there is to restore in one environment."""

    service: str
    environment: str
    targets: tuple[TargetDrift, ...]
    """All that are live there, whatever their state."""
    findings: tuple[DriftFinding, ...]
    """Of those that are out of sync; at least one."""
    manifest: NewestManifest

    @property
    def key(self) -> str:
        """The same for the same drift of the same release, so that it is restored once."""
        live = {each.id: (each.version, each.execution) for each in self.targets}
        found = sorted((each.target_id, each.fingerprint, *live[each.target_id]) for each in self.findings)
        text = json.dumps([self.service, self.environment, found])
        return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]

    @property
    def why_not(self) -> str | None:
        """Why nothing may be started, as far as the report says; None when something may.

        A promotion releases the newest manifest, so that has to be the one that is live.
        """
        if earlier := next((each.restored_by for each in self.findings if each.restored_by), None):
            return f"{earlier} has tried it before"
        if busy := [each.id for each in self.targets if each.state in {DriftState.DEPLOYING, DriftState.UNKNOWN}]:
            return f"{busy[0]} is being deployed to, or could not be looked at"
        if self.environment in self.manifest.waits_for_release_in:
            return "a newer manifest waits for a release there, and a promotion would release it too"
        if any(each.manifest_revision != self.manifest.revision for each in self.targets):
            return "nobody knows which manifest is live there"
        if len({each.digest for each in self.targets}) > 1:
            return "its targets run different releases"
        return None


def restorations(found: ServiceDrift, record: DriftRecord) -> Sequence[Restoration]:
    """Return what there is to restore of a service, by environment; nothing unless its manifest says so.

    Args:
        found: what was found.
        record: what is kept of it.
    """
    if not found.manifest.restores:
        return []
    themselves = {each.id for each in found.targets if each.is_astray}
    astray: dict[str, list[DriftFinding]] = {}
    for each in record.findings:
        if each.is_of_target and each.target_id in themselves and each.environment:
            astray.setdefault(each.environment, []).append(each)
    return [
        Restoration(
            found.service,
            environment,
            tuple(each for each in found.targets if each.environment == environment),
            tuple(findings),
            found.manifest,
        )
        for environment, findings in astray.items()
    ]
