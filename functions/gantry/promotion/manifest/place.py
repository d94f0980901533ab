"""Where a manifest has to be, `services/<service>.yaml`, and where people put it instead.

A service is called like its repository, or `s3/<bucket>/<key>` after its object. So `services/s3/…` may belong to
either, and only the manifest itself says to which.
"""

from collections.abc import Iterable

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.service_name import location_of, without_own_extension

FOLDER, EXTENSION = "services", ".yaml"
_EXTENSIONS = (".yaml", ".yml", ".json")
_NAMED_BY_ITS_FOLDER = "manifest"
_MOST_FOLDERS = 2
"""Folders above a misplaced manifest: `manifests/services`. What is deeper is something else."""


def key_of(service: str) -> str:
    """Return the key in the bucket at which the pipeline reads a service's manifest."""
    return f"{FOLDER}/{service}{EXTENSION}"


def is_key_of_some_service(key: str) -> bool:
    """Whether the pipeline reads a service's manifest at this key."""
    return key.startswith(f"{FOLDER}/") and key.endswith(EXTENSION)


def is_misplaced(key: str, service: str) -> bool:
    """Whether a key that `likeliest` names is hardly meant for anything else.

    No manifest is read at it; or it is the object's own, apart from extensions and the folder `s3/`.
    """
    if not is_key_of_some_service(key):
        return True
    given = key.removeprefix(f"{FOLDER}/").removesuffix(EXTENSION).lower()
    names = {service.lower(), stem_of(service).lower()}
    return given in names | {location_of(ArtifactKind.S3_OBJECT, each) for each in names}


def stem_of(service: str) -> str:
    """Return an object's name without its own extension, which people take for the manifest's or leave out.

    Two extensions are kept: `app.zip.sig` lies beside the object `app.zip`, which has the manifest.
    """
    stem = without_own_extension(service)
    return service if "." in stem.rpartition("/")[2] else stem


def without_extension(path: str) -> str:
    """Return the path without an extension that people give to YAML, in whatever case."""
    found = next((each for each in _EXTENSIONS if path.lower().endswith(each)), "")
    return path.removesuffix(path[len(path) - len(found) :])


def possible_services(path: str) -> list[str]:
    """Return which services a file may belong to, the likeliest first; none outside a folder `services`.

    There is more than one where the folder's name is also part of the service's name: `services/services/cowsay.yaml`.
    """
    *folders, name = without_extension(path).split("/")
    below = [index + 1 for index, folder in enumerate(folders) if folder == FOLDER]
    return ["/".join([*folders[index:], name]) for index in reversed(below)]


def misnamed_folder(path: str, service: str) -> str | None:
    """Return the folder that should be called `services`: `Service` in `Service/<service>.yaml`."""
    above, _, _ = f"/{without_extension(path)}".rpartition(f"/{service}")
    folder = above.rpartition("/")[2]
    is_meant = f"{above}/{service}" == f"/{without_extension(path)}" and folder.lower() in {FOLDER, FOLDER[:-1]}
    return folder if is_meant and folder != FOLDER else None


def likeliest(keys: Iterable[str], service: str) -> str | None:
    """Return the key that is probably the service's misplaced manifest; None when there is none.

    It is a guess: `services/cowsay.yaml` may be the manifest of `team/cowsay`, or of `cowsay`.
    """
    ranked = [(rank, key) for key in keys if (rank := _rank(key, service)) is not None]
    return min(ranked)[1] if ranked else None


def _rank(key: str, service: str) -> int | None:
    """Return how far a key is from the right one, 0 for the nearest; None when it is something else.

    An object's key may end like a manifest's: `services/s3/acme/openapi.yaml` may be meant for `s3/acme/openapi.yaml`.
    """
    paths, stem = {without_extension(key), key}, stem_of(service)
    ranks = [_rank_of(path, key, service) for path in paths]
    if stem != service:
        ranks += [None if rank is None else rank + 1 for rank in (_rank_of(path, key, stem) for path in paths)]
    return min((each for each in ranks if each is not None), default=None)


def _rank_of(path: str, key: str, service: str) -> int | None:
    parts, wanted = path.lower().split("/"), service.lower().split("/")
    if parts[-1] == _NAMED_BY_ITS_FOLDER != wanted[-1]:
        parts.pop()
    folders = parts[: -len(wanted)]
    if parts[-len(wanted) :] == wanted:
        is_anothers = is_key_of_some_service(key) and len(folders) > 1
        return None if is_anothers or len(folders) > _MOST_FOLDERS else 0
    if parts[:1] == [FOLDER] and len(parts) > 1 and parts[1:] == wanted[-len(parts) + 1 :]:
        return len(wanted) - len(parts) + 1
    return None
