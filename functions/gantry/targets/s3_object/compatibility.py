"""Whether a target can take a release, as its bucket is."""

from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import IncompatibleTargetError
from gantry.targets.s3_object.bucket import Bucket
from gantry.targets.s3_object.form import Form
from gantry.targets.s3_object.lifecycle import harmful_rules
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.targets.s3_object.release_objects import LARGEST_LIVE
from gantry.targets.s3_object.revisions import foreign_version
from gantry.targets.s3_object.stored_object import MOST_METADATA
from gantry.targets.s3_object.stored_revisions import LiveObject


def require_compatible(bucket: Bucket, form: Form, deployment: Deployment, live: LiveObject | None) -> None:
    """Raise IncompatibleTargetError if the bucket cannot take the release, or not take it back; with every reason.

    Args:
        bucket: the target's.
        form: how releases lie there.
        deployment: what it should take.
        live: what the live key has; None when there is nothing.
    """
    target, reasons = bucket.target, list[str]()
    if not bucket.keeps_versions():
        reasons.append(f"the bucket {target.bucket} does not keep versions. Turn its versioning on")
    if deployment.configuration.get("values") and not target.prefix:
        reasons.append("only a pointer has values. Leave them out, or give a prefix and a pointer instead of a key")
    if refusal := form.refusal(deployment.release.artifact):
        reasons.append(refusal)
    copied = live is None or foreign_version(live.revision) is None
    if live and not copied and live.found.size > LARGEST_LIVE:
        reasons.append(
            f"the live object has more than {LARGEST_LIVE:,} bytes, so no single write could bring it back in time. "
            "Move it away"
        )
    if live and not copied and live.found.bytes_when_restored > MOST_METADATA:
        reasons.append(
            f"the live object's metadata and Gantry's own are more than S3's {MOST_METADATA:,} bytes, so it "
            "could not be brought back. Write it with less"
        )
    if live and (folder := live.found.folder_before):
        reasons.append(_moved(target, folder))
    kept = [target.key, target.folder]
    way_back = None if copied else target.key
    rules = [f"{each}. Narrow it" for each in harmful_rules(bucket.lifecycle_rules(), kept, way_back)]
    if reasons or rules:
        raise IncompatibleTargetError(f"{target.id}: {'; '.join([*reasons, *rules])}")


def _moved(target: ObjectTarget, folder: str) -> str:
    return (
        f"what was live there before lies below {folder}, and this manifest keeps releases below {target.folder}, so "
        "that no rollback would find it. Keep the prefix, or give the new one another live key. To give the older "
        f"releases up, overwrite s3://{target.place} once without its gantry-… metadata"
    )
