"""What the kind `s3` can do."""

from gantry.targets.capabilities import Capabilities

CAPABILITIES = Capabilities(
    splits_traffic=False,
    compare_and_set=False,
    can_create=True,
    counts_requests=False,
    can_be_invoked=False,
    can_bring_back=True,
)
