"""Packs the output of `sam build`: the layer, and the functions, which share one archive if their code is the same.

The SAM CLI would pack the folder of every function. With twenty functions of the same code, that takes longer than the
rest of the deployment.
"""

import hashlib
import zipfile
from pathlib import Path

import yaml

_BUILT = {"CodeUri", "ContentUri"}
"""Properties of functions and layers."""


def packed(template: Path) -> Path:
    """Pack the built folders, and return a copy of the built template that refers to the archives."""
    document = yaml.safe_load(template.read_text(encoding="utf-8"))
    archives = template.parent / "packages"
    archives.mkdir(exist_ok=True)
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        for name in _BUILT & properties.keys():
            if (folder := template.parent / properties[name]).is_dir():
                properties[name] = str(_archive(folder, archives))
    copy = template.with_name("packed.yaml")
    copy.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return copy


def _archive(folder: Path, archives: Path) -> Path:
    """Return a folder's archive. Its name is the digest of its content, so unchanged code is not deployed again."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    archive = archives / f"{digest.hexdigest()}.zip"
    if not archive.exists():
        fresh = archive.with_suffix(".fresh")
        with zipfile.ZipFile(fresh, "w") as pack:  # not compressed, because it stays on this machine
            for path in files:
                pack.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes())
        fresh.rename(archive)
    return archive
