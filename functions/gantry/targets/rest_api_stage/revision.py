"""A revision of a stage: a deployment of the API, and the stage variables that it is used with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, quote

from gantry.promotion.masking import Masking

LARGEST = 512
"""Characters of a revision's name: a stage variable has as many, and Gantry's mark holds the name.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""
MARK = "gantry_"
"""What the variable begins with by which Gantry's own writes are told apart. It belongs to no revision."""
_NAME = re.compile(r"[a-z0-9]{1,64}(\?\w+=[\w.~:/,%-]+(&\w+=[\w.~:/,%-]+)*)?", re.ASCII)
_READABLE = ":/,~"
"""What a value may have in it unchanged, of what API Gateway allows: [A-Za-z0-9-._~:/?#&=,]+"""


@dataclass(frozen=True, slots=True)
class StageRevision:
    """A deployment with the stage's variables, without Gantry's own mark."""

    deployment: str
    """The deployment's id."""
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, deployment: str, variables: Mapping[str, str]) -> Self:
        """Return what a stage uses."""
        return cls(deployment, {name: value for name, value in variables.items() if not name.startswith(MARK)})

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the revision of a name. Whether it is one, `is_name` says."""
        deployment, _, variables = name.partition("?")
        return cls(deployment, dict(parse_qsl(variables)))

    @staticmethod
    def is_name(name: str) -> bool:
        """Whether a text can be the name of a revision."""
        return len(name) <= LARGEST and _NAME.fullmatch(name) is not None

    @property
    def name(self) -> str:
        """The revision's name: `d1e2f3?alias=live&table=cowsay-prod`. Equal revisions have equal names."""
        pairs = (f"{name}={quote(value, safe=_READABLE)}" for name, value in sorted(self.variables.items()))
        return "?".join(part for part in (self.deployment, "&".join(pairs)) if part)

    @property
    def mark(self) -> str:
        """The value of a write's mark. API Gateway takes no % in it, and no name has a #."""
        return self.name.replace("%", "#")

    @classmethod
    def marked(cls, mark: str) -> Self:
        """Return the revision that a mark names."""
        return cls.named(mark.replace("#", "%"))

    def masked(self, masking: Masking) -> dict[str, str]:
        """Return the variables for people: `{"stage variable alias": "live"}`."""
        return masked_variables(self.variables, masking)


def masked_variables(variables: Mapping[str, str], masking: Masking) -> dict[str, str]:
    """Return stage variables as people may see them. Each is a group of its own: the others stay when it is given."""
    return {f"stage variable {name}": masking.value(name, value) for name, value in sorted(variables.items())}
