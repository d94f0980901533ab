"""Packs what `sam build` has built, once for all functions that have the same.

The SAM CLI would pack every function's folder by itself: with twenty functions of one code that takes longer than the
rest of the deployment.
"""

import hashlib
import zipfile
from pathlib import Path

import yaml


def packed(template: Path) -> Path:
    """A copy of the built template, beside it, whose functions refer to archives."""
    document = yaml.safe_load(template.read_text(encoding="utf-8"))
    archives = template.parent / "packages"
    archives.mkdir(exist_ok=True)
    for resource in document["Resources"].values():
        code = resource.get("Properties", {}).get("CodeUri")
        if isinstance(code, str) and (template.parent / code).is_dir():
            resource["Properties"]["CodeUri"] = str(_archive(template.parent / code, archives))
    copy = template.with_name("packed.yaml")
    copy.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return copy


def _archive(folder: Path, archives: Path) -> Path:
    """The archive of a folder, named after what is in it, so that what has not changed is not deployed again."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    archive = archives / f"{digest.hexdigest()}.zip"
    if not archive.exists():
        fresh = archive.with_suffix(".fresh")
        with zipfile.ZipFile(fresh, "w") as pack:  # not compressed: it goes no further than this machine
            for path in files:
                pack.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes())
        fresh.rename(archive)
    return archive
