"""What is copied."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from gantry.promotion.artifact import Artifact

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CopySourceTypeDef


@dataclass(frozen=True, slots=True)
class Source:
    """A version that is copied."""

    bucket: str
    key: str
    version: str
    owner: str
    """The account of the bucket."""

    @classmethod
    def of(cls, artifact: Artifact, owner: str) -> Self:
        """Return an artifact as what is copied."""
        return cls(artifact.bucket, artifact.key, artifact.version or "", owner)

    @property
    def request(self) -> "CopySourceTypeDef":
        """It as the SDK takes it."""
        return {"Bucket": self.bucket, "Key": self.key, "VersionId": self.version}

    def __str__(self) -> str:
        """For people."""
        return f"version {self.version} of s3://{self.bucket}/{self.key}"
