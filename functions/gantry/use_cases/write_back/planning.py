"""What the files of a repository would have to say, for a workflow that writes them itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from gantry.promotion.manifest.content import Manifest
from gantry.promotion.write_back.errors import WrittenFileError
from gantry.promotion.write_back.live_facts import facts_of, newest_of
from gantry.promotion.write_back.message import message_of
from gantry.promotion.write_back.settings import WrittenFile
from gantry.use_cases.services import Services
from gantry.use_cases.write_back.live_release import lives_of, release_of
from gantry.use_cases.write_back.writing import changed_files

PlannedState = Literal["changed", "up_to_date", "not_one_release", "refused"]
Read = Callable[[str], bytes | None]
"""Returns a file by its path from the repository's root; None where it does not exist."""


@dataclass(frozen=True, slots=True)
class PlannedEnvironment:
    """What Git should say of one environment of a service."""

    service: str
    environment: str
    state: PlannedState
    """`not_one_release`: nothing is live there, or its targets run different releases."""
    tag: str | None = None
    """Of the live release; None where it has none, or there is not one release."""
    digest: str | None = None
    """The same."""
    files: tuple[str, ...] = ()
    """The paths of the files that do not say it yet."""
    problem: str | None = None
    """Why a file cannot be changed; None unless `refused`."""
    title: str | None = None
    """For the commit and the pull request; None unless `changed`."""
    body: str | None = None
    """The same. Its last paragraph has the trailers."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be said of all environments, and the files that say it."""

    environments: tuple[PlannedEnvironment, ...]
    files: dict[str, bytes]
    """What the changed files should hold, by their paths."""


def plan(manifests: Sequence[Manifest], repository: str, only: str | None, services: Services, read: Read) -> Planned:
    """Return what is to be changed in a repository.

    Args:
        manifests: of the services.
        repository: which one it is, `<owner>/<name>`. What is written to others is left out.
        only: the name of one environment; None for all.
        services: the adapters; they only read.
        read: reads the repository's files. Services may share one.
    """
    changed: dict[str, bytes] = {}
    found: list[PlannedEnvironment] = []

    def now(path: str) -> bytes | None:
        return changed[path] if path in changed else read(path)

    for manifest in manifests:
        settings = manifest.write_back
        if settings is None or settings.repository.lower() != repository.lower():
            continue
        for name in dict.fromkeys(each.environment for each in settings.files):
            if only in {None, name}:
                said, contents = _planned(manifest, name, settings.files_of(name), services, now)
                found.append(said)
                changed |= contents
    return Planned(tuple(found), changed)


def _planned(
    manifest: Manifest, name: str, files: Sequence[WrittenFile], services: Services, read: Read
) -> tuple[PlannedEnvironment, dict[str, bytes]]:
    """Return what is to be said of one environment, and what its changed files should hold."""
    service, live = manifest.service, newest_of(lives_of(manifest, name, services))
    if live is None:
        return PlannedEnvironment(service, name, "not_one_release"), {}
    tag, digest = live.current.tag, live.current.digest
    try:
        contents = changed_files(files, facts_of(live, files), read)
    except WrittenFileError as error:
        return PlannedEnvironment(service, name, "refused", tag, digest, problem=str(error)), {}
    if not contents:
        return PlannedEnvironment(service, name, "up_to_date", tag, digest), {}
    message = message_of(release_of(live, services, live.current.execution))
    said = PlannedEnvironment(
        service, name, "changed", tag, digest, tuple(contents), title=message.headline, body=message.body
    )
    return said, contents
