"""Where a release comes from: repository, commit and CI run, of the artifact as its labels say, and of the manifest.

Whoever can push an artifact or upload a manifest writes them. People see what is read here as links, so that a value
counts only if it is an address of the web without anything to sign in with, and has no letter that addresses have not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

LONGEST_REPOSITORY, LONGEST_RUN = 300, 500
"""Characters of an address."""
REPOSITORY_LABEL = "org.opencontainers.image.source"
REVISION_LABEL = "org.opencontainers.image.revision"
"""https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys"""
RUN_LABEL = "dev.gantry.run"
"""Gantry's own: OCI has no name for the CI run."""
IMAGE_LABELS = (REPOSITORY_LABEL, REVISION_LABEL, RUN_LABEL)
OBJECT_METADATA = ("source", "revision", "run")
"""The same in an object's metadata, whose names S3 makes small:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata"""

_LABEL = "[a-z0-9-]{1,63}"
_HOST = rf"(?P<host>{_LABEL}(\.{_LABEL})+)"
_PORT = r"(?P<port>:[0-9]{1,5})?"
_PATH = r"(?P<path>([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*[A-Za-z0-9_~-][A-Za-z0-9._~-]*)"
# What `git remote` may say, which is what buildx puts into the label:
# https://github.com/docker/buildx/blob/master/build/git.go
# https://git-scm.com/docs/git-clone#_git_urls
_USER = r"([A-Za-z0-9._~:%-]{1,255}@)?"
_REMOTES = (
    re.compile(rf"https://{_USER}{_HOST}{_PORT}/{_PATH}/?", re.ASCII),
    re.compile(rf"ssh://{_USER}{_HOST}(:[0-9]{{1,5}})?/{_PATH}/?", re.ASCII),
    re.compile(rf"{_USER}{_HOST}:{_PATH}/?", re.ASCII),
)
_REVISION = re.compile(r"[0-9a-f]{7,64}", re.ASCII)
_ADDRESS = re.compile(rf"https://{_HOST}{_PORT}([/?#][A-Za-z0-9._~:/?#@!$&()*+,;=%-]*)?", re.ASCII)
"""Without quotation marks, brackets, spaces and backslashes: https://www.rfc-editor.org/rfc/rfc3986#section-2"""


@dataclass(frozen=True, slots=True)
class ManifestSource:
    """The commit that a manifest is from, as its metadata in the bucket says."""

    revision: str
    """The commit's hash."""
    repository: str | None = None
    """The address of its repository, https, without `.git`."""
    run: str | None = None
    """The address of the CI run that brought it, https."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an artifact comes from, as far as its labels say it in a way that can be a link."""

    repository: str | None = None
    """The address of its repository, https, without `.git`."""
    revision: str | None = None
    """The commit's hash, or its beginning."""
    run: str | None = None
    """The address of the CI run that built it, https."""
    manifest: ManifestSource | None = None
    """Where the release's manifest comes from; None where that is not known."""

    @classmethod
    def of(cls, repository: object, revision: object, run: object) -> "Source | None":
        """Return what these values say; None where none of them can be read."""
        found = cls(_repository(repository), _revision(revision), _run(run))
        return found if found != cls() else None

    @classmethod
    def labelled(cls, names: tuple[str, str, str], *places: object) -> "Source | None":
        """Return what labels say.

        Args:
            names: of the repository's label, the commit's and the run's.
            places: where labels are, each as a mapping from its name to its value, or anything else where there are
                none. The first that has a label counts.
        """
        found = [each for each in places if isinstance(each, Mapping)]
        values = (next((each[name] for each in found if name in each), None) for name in names)
        return cls.of(*values)

    @classmethod
    def read(cls, facts: object) -> "Source | None":
        """Return what a record says that `facts` makes. It is looked at again: not only Gantry may have written it."""
        if not isinstance(facts, Mapping):
            return None
        found = cls.of(facts.get("repository"), facts.get("revision"), facts.get("run"))
        return with_manifest(found, cls.read(facts.get("manifest")))


def with_manifest(source: Source | None, manifest: Source | None) -> Source | None:
    """Return where a release comes from, with the commit of its manifest, if that is known.

    Args:
        source: where its artifact comes from.
        manifest: where its manifest comes from, as its own repository, commit and run.
    """
    if manifest is None or manifest.revision is None:
        return source
    found = ManifestSource(manifest.revision, manifest.repository, manifest.run)
    return replace(source or Source(), manifest=found)


def is_address(text: str) -> bool:
    """Whether a text is nothing but an address that can be a link."""
    return _ADDRESS.fullmatch(text) is not None


def _repository(text: object) -> str | None:
    if not isinstance(text, str) or len(text) > LONGEST_REPOSITORY:
        return None
    found = next(filter(None, (each.fullmatch(text) for each in _REMOTES)), None)
    if found is None:
        return None
    path = found["path"].removesuffix(".git")
    return f"https://{found['host']}{found.groupdict().get('port') or ''}/{path}" if path else None


def _revision(text: object) -> str | None:
    """Return a commit's hash. One that ends in `-dirty` names no commit that has what was built."""
    return text if isinstance(text, str) and _REVISION.fullmatch(text) else None


def _run(text: object) -> str | None:
    is_address = isinstance(text, str) and len(text) <= LONGEST_RUN and _ADDRESS.fullmatch(text)
    return str(text) if is_address else None
