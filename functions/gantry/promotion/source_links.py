"""The links that lead to where a release comes from."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from gantry.promotion.code_hosts import host_of
from gantry.promotion.source import Source


@dataclass(frozen=True, slots=True)
class SourceLinks:
    """Where a release comes from, as https addresses; None where that is not known."""

    repository: str | None = None
    commit: str | None = None
    """None where nobody knows what the repository's site calls it; so is the next one."""
    compare: str | None = None
    """What lies between the release that is live and this one."""
    run: str | None = None
    """The CI run that built it."""
    manifest: str | None = None
    """The commit that its manifest is from; None also where that is the release's own."""

    @property
    def named(self) -> Iterator[tuple[str, str]]:
        """Yield each link with its name for people; the repository only where no commit is known."""
        code = ("commit", self.commit) if self.commit else ("repository", self.repository)
        for name, address in (code, ("changes", self.compare), ("CI run", self.run), ("manifest", self.manifest)):
            if address:
                yield name, address

    @property
    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield the same with names that begin a line."""
        yield from ((f"{name[0].upper()}{name[1:]}", address) for name, address in self.named)


def links_of(source: Source | None, live: Source | None = None) -> SourceLinks:
    """Return the links to where a release comes from.

    Args:
        source: what its labels say; None where they say nothing.
        live: the same of the release that is live where this one is to go; None where it is not known.
    """
    source, live = _looked_at(source), _looked_at(live)
    if source is None:
        return SourceLinks()
    repository, revision = source.repository, source.revision
    commit, compare, host = _commit(repository, revision), None, host_of(repository or "")
    if commit and host and live and live.revision not in {None, revision} and _are_one(live.repository, repository):
        compare = f"{repository}/{host.compare.format(old=live.revision, new=revision)}"
    manifest = _commit(source.manifest.repository, source.manifest.revision) if source.manifest else None
    return SourceLinks(repository, commit, compare, source.run, None if manifest == commit else manifest)


def source_facts(source: Source | None) -> dict[str, Any] | None:
    """Return what events and histories say of where a release comes from; None where it is not known.

    The commit's address is among it, so that nobody else has to know what each site calls it.
    """
    source = _looked_at(source)
    if source is None:
        return None
    manifest = source.manifest
    there = asdict(manifest) | {"commit": _commit(manifest.repository, manifest.revision)} if manifest else None
    return asdict(source) | {"commit": links_of(source).commit, "manifest": there}


def _looked_at(source: Source | None) -> Source | None:
    """Look at it again. Whoever may start the machines themselves can write anything into a release."""
    return Source.read(asdict(source)) if source else None


def _commit(repository: str | None, revision: str | None) -> str | None:
    """Return a commit's page; None where nobody knows what the repository's site calls it."""
    host = host_of(repository or "")
    return f"{repository}/{host.commit.format(revision=revision)}" if host and revision else None


def _are_one(one: str | None, other: str | None) -> bool:
    """Whether two addresses are of one repository. The sites whose pages are known take capitals for small letters."""
    return None not in {one, other} and str(one).casefold() == str(other).casefold()
