"""The manifests that a commit has, checked as the pipeline would."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gantry.command_line.errors import CommandError, Exit
from gantry.command_line.manifest_reading import ENDINGS, read_manifest

if TYPE_CHECKING:
    from gantry.command_line.git_checkout import CommittedFile, GitCheckout


@dataclass(frozen=True, slots=True)
class CommittedManifest:
    """A manifest that the pipeline would take."""

    service: str
    path: str
    """From the repository's root."""
    content: bytes


@dataclass(frozen=True, slots=True)
class CommittedManifests:
    """What some files and folders of a commit have."""

    manifests: tuple[CommittedManifest, ...]
    problems: tuple[str, ...]
    """What is wrong with the other files, each with its path and line."""
    warnings: tuple[str, ...]
    """What is to be changed although the pipeline takes it: secrets."""


def committed_manifests(checkout: "GitCheckout", commit: str, places: Sequence[str]) -> CommittedManifests:
    """Return the manifests in these files and folders of a commit, and what is wrong with the others.

    A file or folder that the commit does not have any more is empty, as it may just have been deleted.

    Raises:
        CommandError: a file or folder has never been there.
    """
    found: dict[str, CommittedManifest] = {}
    problems, warnings = list[str](), list[str]()
    files = {each.path: each for place in places for each in _files(checkout, commit, place)}
    for file in files.values():
        read = read_manifest(file.content, file.path, file.path)
        problems += [each.after(file.path) for each in read.found]
        warnings += [each.after(file.path) for each in read.warnings]
        if read.manifest is None or read.problems:
            continue
        service = read.manifest.service
        if first := found.get(service):
            problems.append(f"{file.path}: {first.path} is a manifest of {service} too: keep one")
        found[service] = CommittedManifest(service, file.path, file.content)
    return CommittedManifests(tuple(found.values()), tuple(problems), tuple(warnings))


def any_file_of(checkout: "GitCheckout", commit: str, service: str) -> str | None:
    """Return a file of a commit that has a manifest of a service; None where none has."""
    name = service.rpartition("/")[2]
    for path in checkout.paths_with(commit, name, ENDINGS):
        for file in checkout.files(commit, path, ENDINGS):
            read = read_manifest(file.content, file.path, file.path)
            if read.manifest and read.manifest.service == service:
                return path
    return None


def _files(checkout: "GitCheckout", commit: str, place: str) -> "list[CommittedFile]":
    files = list(checkout.files(commit, place, ENDINGS))
    if not files and not checkout.was_there(commit, place):
        raise CommandError(
            f"{commit[:7]} has no manifest at {place or 'its root'}, and no commit before it had.", Exit.USAGE
        )
    return files
