"""A bucket that releases are deployed to, as its readers see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sandbox.stand_in.accounts import REGION, WORKLOAD_ACCOUNTS

if TYPE_CHECKING:
    from sandbox.stand_in.process import StandIn

BUCKETS: Final = {account: f"acme-{environment}" for environment, account in WORKLOAD_ACCOUNTS.items()}
"""The bucket of each workload account."""


class LiveBucket:
    """The bucket of one workload account."""

    def __init__(self, stand_in: StandIn, account: str) -> None:
        self._s3 = stand_in.client("s3", account)
        self.account = account
        self.name = BUCKETS[account]

    def make(self) -> None:
        """Make the bucket. On AWS a service's own stacks bring it."""
        self._s3.create_bucket(Bucket=self.name)
        self._s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})

    def target(self, **keys: object) -> dict[str, Any]:
        """Return a target in it, as a manifest has it."""
        return {"kind": "s3", "account": self.account, "region": REGION, "bucket": self.name, **keys}

    def read(self, key: str) -> bytes:
        """Return what readers of a key get."""
        body: bytes = self._s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        return body

    def metadata(self, key: str) -> dict[str, str]:
        """Return the metadata of what lies under a key."""
        found: dict[str, str] = self._s3.head_object(Bucket=self.name, Key=key)["Metadata"]
        return found

    def write(self, key: str, body: bytes) -> None:
        """Write a key past the pipeline."""
        self._s3.put_object(Bucket=self.name, Key=key, Body=body)

    def read_json(self, key: str) -> dict[str, Any]:
        """Return what readers of a pointer get."""
        found: dict[str, Any] = json.loads(self.read(key))
        return found

    def writes(self, key: str) -> int:
        """Return how often a key was written. Every write makes a version."""
        found = self._s3.list_object_versions(Bucket=self.name, Prefix=key).get("Versions", [])
        return sum(each["Key"] == key for each in found)

    def deletions(self) -> int:
        """Return how many delete markers there are."""
        return len(self._s3.list_object_versions(Bucket=self.name).get("DeleteMarkers", []))
