"""A stage as GetStage and UpdateStage describe it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Self

from gantry.promotion.traffic import Routing
from gantry.targets.rest_api_stage.revision import MARK, StageRevision


@dataclass(frozen=True, slots=True)
class StageState:
    """What a stage was when it was read."""

    deployment: str
    variables: Mapping[str, str]
    """All of them, with Gantry's mark."""
    canary: Mapping[str, Any] | None
    """The canary settings as API Gateway has them; None when the stage has none."""
    log_format: str
    """The format of its access log; empty when it writes none."""
    log_destination: str
    """The ARN of what its access log goes to; empty when it writes none."""
    changed_at: str
    """When it was last changed, in whole seconds."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """The variables that the canary has otherwise."""

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        """Return what a response describes."""
        canary = described.get("canarySettings")
        log = described.get("accessLogSettings") or {}
        return cls(
            described.get("deploymentId", ""),
            dict(described.get("variables") or {}),
            canary,
            log.get("format", ""),
            log.get("destinationArn", ""),
            str(described.get("lastUpdatedDate", "")),
            dict((canary or {}).get("stageVariableOverrides") or {}),
        )

    @property
    def primary(self) -> StageRevision:
        """The revision that gets what the canary does not get."""
        return StageRevision.of(self.deployment, self.variables)

    @property
    def canary_revision(self) -> StageRevision | None:
        """The canary's revision; None without a canary."""
        if self.canary is None:
            return None
        return StageRevision.of(self.canary.get("deploymentId", ""), {**self.variables, **self.overrides})

    @property
    def canary_weight(self) -> float:
        """The canary's share in per cent."""
        return round(float((self.canary or {}).get("percentTraffic") or 0), 6)

    @property
    def has_leftover(self) -> bool:
        """Whether it has a canary that is what the stage is, and gets no request: what a promotion leaves of it."""
        return self.canary_weight == 0 and self.canary_revision == self.primary

    @property
    def routing(self) -> Routing:
        """Where the traffic goes. A share of 0 is left out: no request reaches that canary."""
        canary, weight = self.canary_revision, self.canary_weight
        return Routing(self.primary.name, {canary.name: weight} if canary and weight else {})

    @property
    def marks(self) -> frozenset[str]:
        """Gantry's own variables: one, after its first write."""
        return frozenset(name for name in self.variables if name.startswith(MARK))

    @property
    def token(self) -> str:
        """Another one after every change, apart from those that the package's docstring names."""
        found = [self.deployment, dict(self.variables), _settings(self.canary), self.changed_at]
        return sha256(json.dumps(found, sort_keys=True, default=str).encode()).hexdigest()


def _settings(canary: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if canary is None else dict(canary)
