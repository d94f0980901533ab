"""How a promotion was started, as Gantry's own functions record it: by a push, or by a call that IAM has checked.

The input of an execution proves nothing: whoever may start the machine can type any. So the function that EventBridge
or the API invokes records the start under the execution's name first. Only what is recorded was a push or a call.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.service_name import bucket_and_key, location_of
from gantry.promotion.timestamps import iso, moment

PUSH, CALL, RESTORE = "push-", "call-", "drift-"
"""What the executions' names begin with. A role may write records of one of them only, so a call never passes as a
push."""
_KEPT = timedelta(days=28)
"""Longer than an execution can be redriven, which is 14 days. Shorter than its name is taken, which is 90 days, or 30
where an account has asked for it, so that nobody can use a record a second time:
https://docs.aws.amazon.com/step-functions/latest/dg/express-at-least-once-execution.html"""


@dataclass(frozen=True, slots=True)
class PromotionStart:
    """A promotion that was started by a push, by a call, or by the daily look for drift."""

    execution_name: str
    at: str
    """When; ISO 8601, UTC."""
    service: str
    tag: str | None = None
    digest: str | None = None
    environments: tuple[str, ...] | None = None
    release_from_quarantine: str | None = None
    called_by: str | None = None
    """The ARN of the caller; after a look for drift that it was Gantry, in words. None after a push."""
    artifact: ArtifactKind = ArtifactKind.CONTAINER_IMAGE
    """What the service's artifacts are. Records of earlier versions of Gantry do not say it: they are of images."""
    version_id: str | None = None
    """The S3 version id of an object."""
    configuration_only: bool = False
    """Whether only the configuration is to change, and each environment keeps its artifact."""

    @property
    def is_push(self) -> bool:
        """Whether a push started it. The name counts, because it says who may have written the record."""
        return self.execution_name.startswith(PUSH)

    @property
    def expires_at(self) -> str:
        """When the record has had its time."""
        return iso(moment(self.at) + _KEPT)

    def is_same_wish(self, other: "PromotionStart") -> bool:
        """Whether two records under one name are of one start, tried twice."""
        return replace(self, at=other.at) == other

    def execution_input(self) -> dict[str, Any]:
        """Return the execution's input, for people. If they copy it, it is a person's input like any other."""
        wish = asdict(self)
        for key in ("execution_name", "at", "called_by", "service", "artifact"):
            del wish[key]
        return self._named() | {key: value for key, value in wish.items() if value is not None and value is not False}

    def _named(self) -> dict[str, Any]:
        if self.artifact is ArtifactKind.CONTAINER_IMAGE:
            return {"repository": self.service}
        bucket, key = bucket_and_key(location_of(self.artifact, self.service))
        return {"artifact": {"bucket": bucket, "key": key}}


def push_name(event_id: str) -> str:
    """Return the name of the execution for a push: the same when EventBridge delivers the event twice."""
    return f"{PUSH}{event_id}"


def call_name(caller: str, key: str) -> str:
    """Return the name of the execution for a call: the same when the caller sends the key again."""
    return CALL + hashlib.sha256(json.dumps([caller, key]).encode()).hexdigest()[:32]


def restore_name(key: str) -> str:
    """Return the name of the execution that restores what others have changed: the same for the same drift."""
    return RESTORE + key
