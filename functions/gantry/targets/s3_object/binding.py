"""What a binding of the policy file says of this kind: the bucket and the key, and where releases lie."""

from gantry.promotion.policy.binding import BoundNames
from gantry.promotion.target import Target
from gantry.targets.s3_object.object_target import NAME, ObjectTarget


def bound_names(target: Target) -> BoundNames:
    """Return no name: a key says nothing of whose it is, so that only a binding does, by `s3/<bucket>/<key>`.

    A pointer's prefix is the manifest's choice, and must not be another service's folder.
    """
    parts = ObjectTarget.of(target)
    return BoundNames(None, folders=(f"{NAME}/{parts.bucket}/{parts.prefix}",) if parts.prefix else ())
