"""What a binding of the policy file says of this kind: the bucket and the key."""

from gantry.promotion.policy.binding import BoundNames
from gantry.promotion.target import Target


def bound_names(target: Target) -> BoundNames:
    """Return no name: a key says nothing of whose it is, so that only a binding does, by `s3/<bucket>/<key>`."""
    del target
    return BoundNames(None)
