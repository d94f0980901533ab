"""Where a manifest in the bucket comes from: the commit, the file and the CI run, as its metadata says.

Whoever may upload a manifest writes its metadata, so it is read as carefully as an artifact's labels.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gantry.promotion.source import Source

_OF_SOURCE = ("git-repository", "git-commit", "run-url")
_PATH = "git-path"
SHA256 = "sha256"
"""In the metadata: the hash of the bytes that `gantry manifest sync` has uploaded, in hexadecimal digits."""
_TO_QUOTE = re.compile(rb"[^A-Za-z0-9/._~+=@,-]")
_LONGEST_PATH = 900
"""Characters. S3 takes 2 KB of metadata, in ASCII:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata"""


@dataclass(frozen=True, slots=True)
class ManifestOrigin:
    """The commit that a manifest is from, as far as it is known."""

    source: Source
    """The repository, the commit and the run."""
    path: str | None = None
    """The file, from the repository's root; None where it is not known."""

    @classmethod
    def read(cls, metadata: object) -> "ManifestOrigin | None":
        """Return what an object's metadata says; None where it names no commit."""
        source = Source.labelled(_OF_SOURCE, metadata)
        if source is None or source.revision is None or not isinstance(metadata, Mapping):
            return None
        path = metadata.get(_PATH)
        return cls(source, _unquoted(path) if isinstance(path, str) and path else None)

    @property
    def commit(self) -> str:
        """The commit's hash."""
        return self.source.revision or ""

    @property
    def metadata(self) -> dict[str, str]:
        """What the object's metadata has to say."""
        source = self.source
        values = zip(_OF_SOURCE, (source.repository, source.revision, source.run), strict=True)
        said = {name: value for name, value in values if value}
        path = _quoted(self.path or "")
        return said | {_PATH: path} if 0 < len(path) <= _LONGEST_PATH else said

    def is_of_repository(self, repository: str | None) -> bool:
        """Whether it is from this repository. Sites take capitals for small letters."""
        return (self.source.repository or "").casefold() == (repository or "").casefold()


@dataclass(frozen=True, slots=True)
class ManifestPrint:
    """Whether a manifest in the bucket still is what was synced."""

    actual: str
    """The SHA-256 of its bytes, in hexadecimal digits."""
    synced: str | None
    """That of the bytes that were synced, as the metadata says; None where it does not."""

    @property
    def is_edited(self) -> bool:
        """Whether somebody has edited it since, and kept the metadata."""
        return self.synced is not None and self.synced != self.actual


def _quoted(path: str) -> str:
    """Return a path in ASCII, as addresses have it."""
    given = path.encode(errors="surrogateescape")
    return _TO_QUOTE.sub(lambda found: b"%%%02X" % ord(found[0]), given).decode()


def _unquoted(text: str) -> str:
    given = text.encode(errors="replace")
    plain = re.sub(rb"%([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), given)
    return plain.decode(errors="surrogateescape")
