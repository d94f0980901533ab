"""What a parameter says: JSON on one line, always with the same keys in the same order.

So that CloudFormation, which cannot read JSON, can split it at a key. A version of Gantry may add keys at the end; it
never removes or renames one, or moves it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from gantry.promotion.live import Live

LONGEST = 4096
"""Bytes of a standard parameter:
https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"""


class ParameterState(StrEnum):
    """Whether there is one release to name."""

    LIVE = "live"
    """This release is what all traffic goes to."""
    MIXED = "mixed"
    """The targets run different releases, for example between two waves. So there is no release to name."""
    GONE = "gone"
    """Nothing of this service is live here any more: another service or environment has taken over the target."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an artifact lies, for a target's region. Everything is null where the ledger does not say."""

    image: str | None = None
    """The URI of a container image, with its digest."""
    bucket: str | None = None
    """Of an object, in the pipeline's own region; so are the next two."""
    key: str | None = None
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class LiveValue:
    """What is live, on one target or in one environment. What its targets do not agree on is null."""

    service: str
    environment: str
    state: ParameterState
    target: str | None = None
    """The target's id: account, region and name."""
    kind: str | None = None
    digest: str | None = None
    """`sha256:` and 64 hex digits."""
    tag: str | None = None
    image: str | None = None
    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    revision: str | None = None
    """The version of a function, the ARN of a task definition: what its kind calls a revision."""
    manifest_revision: str | None = None
    """The S3 version id of the manifest."""
    repository: str | None = None
    """The address of the repository that the artifact was built from."""
    commit: str | None = None
    """The commit that the artifact was built from."""
    execution: str | None = None
    """The ARN of the execution that made it live."""
    since: str | None = None
    """When it became live; of several targets, on the last one. ISO 8601, UTC."""

    @classmethod
    def of(cls, live: Live, place: Place) -> "LiveValue":
        """Return what a target's parameter says."""
        current, source = live.current, live.current.source
        return cls(
            live.service,
            live.environment,
            ParameterState.LIVE,
            live.target_id,
            live.target.kind,
            current.digest,
            current.tag,
            place.image,
            place.bucket,
            place.key,
            place.version_id,
            current.revision,
            current.manifest_revision,
            source.repository if source else None,
            source.revision if source else None,
            current.execution,
            current.since,
        )

    @classmethod
    def together(cls, values: Sequence["LiveValue"]) -> "LiveValue":
        """Return what the parameter of their environment says. There is one target at least."""
        newest = max(values, key=lambda each: each.since or "")
        if len({each.digest for each in values}) != 1:
            return cls(newest.service, newest.environment, ParameterState.MIXED, since=newest.since)
        first, *others = (asdict(each) for each in values)
        agreed: dict[str, Any] = {
            key: value if all(each[key] == value for each in others) else None for key, value in first.items()
        }
        # The same artifact on each of them: the last one to get it says how it is called, and since when all have it.
        return cls(**agreed | {"tag": newest.tag, "execution": newest.execution, "since": newest.since})

    def text(self) -> str:
        """Return the parameter's value; ASCII, so that characters are bytes."""
        return json.dumps(asdict(self), separators=(",", ":"))
