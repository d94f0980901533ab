"""What reads the files that people upload."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from gantry.aws.clients import own_client

if TYPE_CHECKING:
    from gantry.aws.manifests import Manifests
    from gantry.aws.policy_file import PolicyFile


class WrittenFileServices:
    """The bucket of manifests. Each adapter is made when it is first used, and kept while the function is warm."""

    _environment: Mapping[str, str]

    @cached_property
    def manifests(self) -> "Manifests":
        """The services' manifests."""
        from gantry.aws.manifests import Manifests

        return Manifests(own_client("s3"), self._environment["MANIFEST_BUCKET"])

    @cached_property
    def policy_file(self) -> "PolicyFile":
        """What the administrators allow."""
        from gantry.aws.policy_file import PolicyFile

        return PolicyFile(own_client("s3"), self._environment["MANIFEST_BUCKET"])
