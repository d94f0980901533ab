"""Zips in S3, in memory: what Lambda reads by version, and what a client of S3 says of the newest ones."""
# ruff: noqa: N803 -- the arguments' names are those of AWS

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.unit.targets.fake_client import Answer, FakeClient, counted, refused


def sha256_of(digest: str) -> str:
    """Return a digest as Lambda and S3 write it."""
    return b64encode(bytes.fromhex(digest.removeprefix("sha256:"))).decode()


@dataclass
class FakeZips(FakeClient):
    """The client, and what tests do with it besides calling it."""

    objects: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """By bucket and key: the digests by version, the newest version last."""

    def put(self, bucket: str, key: str, version: str, digest: str) -> None:
        """Let somebody upload a zip."""
        self.objects.setdefault((bucket, key), {})[version] = digest

    def lose(self, digest: str) -> None:
        """Let somebody delete every version of a zip."""
        for versions in self.objects.values():
            for version in [version for version, each in versions.items() if each == digest]:
                del versions[version]

    def read(self, operation: str, address: Mapping[str, str]) -> str:
        """Return the SHA-256 of what Lambda reads, or refuse as it does when S3 refuses."""
        versions = self.objects.get((address["S3Bucket"], address["S3Key"]), {})
        if digest := versions.get(address["S3ObjectVersion"]):
            return sha256_of(digest)
        message = "Error occurred while GetObject. S3 Error Code: NoSuchVersion. S3 Error Message: …"
        raise refused(operation, "InvalidParameterValueException", message)

    @counted
    def head_object(self, *, Bucket: str, Key: str, ChecksumMode: str = "") -> Answer:
        if not (versions := self.objects.get((Bucket, Key))):
            raise refused("HeadObject", "404", "Not Found")
        version, digest = list(versions.items())[-1]
        return {"VersionId": version} | ({"ChecksumSHA256": sha256_of(digest)} if ChecksumMode == "ENABLED" else {})
