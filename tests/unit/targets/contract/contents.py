"""Three artifacts with real digests: release manifests of two pages each, so that an object may be any of them."""

import json
from collections.abc import Mapping

from tests.unit.targets.fake_s3 import digest_of

PAGES: Mapping[str, Mapping[str, bytes]] = {
    name: {"index.html": f"<h1>{name}</h1>".encode(), "js/app.js": f"say('{name}')".encode()}
    for name in ("old", "new", "other")
}
"""By the artifact's name and the object's key."""


def page_version(name: str, key: str) -> str:
    """Return the version id of a page."""
    return f"{name}-{key.replace('/', '-')}"


def _manifest(name: str) -> bytes:
    objects = [
        {"key": key, "version_id": page_version(name, key), "sha256": digest_of(body).partition(":")[2]}
        for key, body in PAGES[name].items()
    ]
    return json.dumps({"objects": objects}).encode()


CONTENTS: Mapping[str, bytes] = {digest_of(_manifest(name)): _manifest(name) for name in PAGES}
"""The bytes of each artifact, by its digest."""
NAMES: Mapping[str, str] = dict(zip(CONTENTS, PAGES, strict=True))
OLD, NEW, OTHER = CONTENTS
