"""What the kind `lambda` can do."""

from gantry.targets.capabilities import Capabilities

CAPABILITIES = Capabilities(
    splits_traffic=True, compare_and_set=True, can_create=True, counts_requests=True, can_be_invoked=True
)
