"""Whether the manifest in the bucket still is what was synced from Git, as the bucket alone can tell."""

from collections.abc import Sequence
from shlex import join

from gantry.promotion.drift.report import CopyDrift
from gantry.promotion.drift.states import DriftState
from gantry.promotion.live import Live
from gantry.promotion.manifest.place import key_of
from gantry.promotion.manifest_sync import SHORT
from gantry.promotion.source import ManifestSource
from gantry.use_cases.services import Services


def look_at_manifest(service: str, revision: str, lives: Sequence[Live], services: Services) -> CopyDrift | None:
    """Return how the manifest stands that was read last; None where it was never synced from a commit.

    Args:
        service: whose it is.
        revision: its S3 version id.
        lives: what is live of the service. Its releases say whether an earlier manifest was synced.
        services: the adapters.
    """
    origin, known = services.manifests.origin(service, revision), services.manifests.fingerprint(service, revision)
    if origin is None:
        synced = next((each.revision for each in map(_manifest_of, lives) if each), None)
        if synced is None:
            return None
        why = f"It was uploaded without a commit. The one that is live is from {synced[:SHORT]}"
        return _edited(service, why, key_of(service), "--replace", service)  # also if the bytes are the same
    if known is None or known.synced is None:
        return None
    if known.is_edited:
        why = (
            f"Somebody has edited it in the bucket: its bytes are not those of {origin.commit[:SHORT]}, which it names"
        )
        return _edited(service, why, origin.path or key_of(service))
    return CopyDrift.of_manifest(service, DriftState.SYNCED)


def _manifest_of(live: Live) -> ManifestSource | None:
    return live.current.source.manifest if live.current.source else None


def _edited(service: str, why: str, path: str, *options: str) -> CopyDrift:
    command = join(["gantry", "manifest", "sync", path, *options])
    return CopyDrift.of_manifest(service, DriftState.OUT_OF_SYNC, why, command)
