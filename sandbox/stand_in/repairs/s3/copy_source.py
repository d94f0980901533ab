"""What the header `x-amz-copy-source` names."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, unquote


@dataclass(frozen=True, slots=True)
class CopySource:
    """A version of an object, or its current one."""

    bucket: str
    key: str
    version: str | None

    @classmethod
    def of(cls, headers: dict[str, str]) -> Self:
        """Return what a request copies. A question mark in a key is encoded, so the first one begins the version."""
        path, _, query = headers.get("x-amz-copy-source", "").lstrip("/").partition("?")
        bucket, _, key = unquote(path).partition("/")
        return cls(bucket, key, parse_qs(query).get("versionId", [None])[0])

    @property
    def query(self) -> dict[str, list[str]]:
        """The query that reads it."""
        return {"versionId": [self.version]} if self.version else {}

    @property
    def arn(self) -> str:
        """The object's ARN."""
        return f"arn:aws:s3:::{self.bucket}/{self.key}"


def copies_no_tags(headers: dict[str, str]) -> bool:
    """Whether a copy gets tags of its own, or none, in place of its source's."""
    return headers.get("x-amz-tagging-directive", "COPY").upper() == "REPLACE"
