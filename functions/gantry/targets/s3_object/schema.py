"""What a manifest may say of this kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from gantry.artifacts.artifact_objects import OWN_FOLDER
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.document import as_mapping
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.manifest.target_schema import SharedDraft, TargetKeys, TargetSchema
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.targets.s3_object.capabilities import CAPABILITIES
from gantry.targets.s3_object.manifest_keys import ObjectConfigurationKeys, ObjectTargetKeys
from gantry.targets.s3_object.object_target import NAME, ObjectTarget
from gantry.targets.s3_object.settings import masked
from gantry.targets.s3_object.stored_object import MOST_METADATA, metadata_bytes

_MOST_METADATA = MOST_METADATA - 900
"""Bytes of the user's metadata; Gantry's own need the rest."""


class ObjectSchema:
    """The kind `s3`, as `TargetSchema` asks for it."""

    kind = NAME
    is_default = False
    splits_traffic = CAPABILITIES.splits_traffic
    counts_requests = CAPABILITIES.counts_requests
    can_be_invoked = CAPABILITIES.can_be_invoked
    runs_tasks = CAPABILITIES.runs_tasks
    shifts_itself = CAPABILITIES.shifts_itself
    runs_code = False
    artifacts = frozenset({ArtifactKind.S3_OBJECT})
    reads_own_region = False
    target_keys: type[TargetKeys] = ObjectTargetKeys
    configuration_keys: type[Keys] = ObjectConfigurationKeys

    def target(self, keys: Mapping[str, Any]) -> Target:
        """Return the live key."""
        given = ObjectTargetKeys.model_validate(keys)
        key = given.pointer.key if given.pointer else given.key or ""
        return ObjectTarget(given.account, given.region, given.bucket, key, given.prefix).as_target()

    def configuration(self, keys: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what `Settings.wanted` takes."""
        return ObjectConfigurationKeys.model_validate(keys).model_dump(exclude_unset=True)

    def shared_draft(self, target: Mapping[str, Any], configuration: Mapping[str, Any]) -> SharedDraft | None:
        """Return None: what is prepared is never changed."""
        del target, configuration
        return None

    def longest_request_seconds(self, configuration: Mapping[str, Any]) -> int | None:
        """Return None: nothing says how long objects are read."""
        del configuration
        return None

    def target_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        """Yield what is wrong between a target's keys."""
        del artifact
        many = [name for name in ("prefix", "pointer") if keys.get(name) is not None]
        if keys.get("key") is not None and many:
            yield Problem((many[0],), "key is given too; give key for one object, or prefix and pointer for many")
        elif keys.get("key") is None and len(many) < len(("prefix", "pointer")):
            yield Problem((), "give key for one object, or prefix and pointer for many")
        live, prefix = keys.get("key") or as_mapping(keys.get("pointer")).get("key"), keys.get("prefix")
        location = ("pointer", "key") if "pointer" in many else ("key",)
        for where, each in ((location, live), (("prefix",), prefix)):
            if isinstance(each, str) and f"/{OWN_FOLDER}" in f"/{each}":
                yield Problem(where, f"below {OWN_FOLDER} lie Gantry's own copies; give another one")
        if isinstance(live, str) and isinstance(prefix, str) and live.startswith(prefix):
            yield Problem(("pointer", "key"), f"it lies below {prefix}, where releases are kept; give another key")

    def configuration_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        """Yield the size of metadata that S3 refuses."""
        del artifact
        size = metadata_bytes(as_mapping(keys.get("metadata")))
        if size > _MOST_METADATA:
            yield Problem(("metadata",), f"it has {size} bytes besides headers; give {_MOST_METADATA} at most")

    def mask(self, configuration: Mapping[str, Any], masking: Masking) -> dict[str, str]:
        """Return the settings as people may see them."""
        return masked(configuration.get("metadata", {}), configuration.get("values", {}), masking)


SCHEMA: TargetSchema = ObjectSchema()
"""What a manifest may say of an object."""
