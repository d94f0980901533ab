"""Whether a target can take a release, as its bucket is."""

from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import IncompatibleTargetError
from gantry.targets.s3_object.bucket import Bucket
from gantry.targets.s3_object.lifecycle import harmful_rules
from gantry.targets.s3_object.release_objects import LARGEST
from gantry.targets.s3_object.stored_object import StoredObject


def require_compatible(bucket: Bucket, deployment: Deployment) -> StoredObject | None:
    """Return what the live key has; None when there is nothing.

    Raises:
        IncompatibleTargetError: the bucket cannot take the release, or could not take it back; with every reason.
        TargetNotFoundError: there is no such bucket.
        TargetAccessError: it is another account's, or closed to the role.
    """
    target, reasons = bucket.target, list[str]()
    if not bucket.keeps_versions():
        reasons.append(f"the bucket {target.bucket} does not keep versions. Turn its versioning on")
    if deployment.configuration.get("values") and not target.prefix:
        reasons.append("only a pointer has values. Leave them out, or give a prefix and a pointer instead of a key")
    live = bucket.look_at(target.key)
    if live and not live.is_gantrys and live.size > LARGEST:
        reasons.append("the live object has more than 5 GB, so no single write could bring it back. Move it away")
    kept = [target.key, target.folder]
    way_back = target.key if live and not live.is_gantrys else None
    rules = [f"{each}. Narrow it" for each in harmful_rules(bucket.lifecycle_rules(), kept, way_back)]
    if reasons or rules:
        raise IncompatibleTargetError(f"{target.id}: {'; '.join([*reasons, *rules])}")
    return live
