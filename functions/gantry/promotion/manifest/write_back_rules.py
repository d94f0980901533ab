"""Check what a manifest says of writing back beyond single fields: environments, extensions, and keys given twice."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.manifest.document import as_mapping, environments, list_at
from gantry.promotion.manifest.messages import quoted, suggestion
from gantry.promotion.manifest.problem import Location, Problem, path
from gantry.promotion.write_back.key_path import PATTERN, key_path, overlap

_EXTENSIONS = {"tfvars": (".tfvars",), "tfvars.json": (".tfvars.json",)}
"""Terraform reads these by their names:
https://developer.hashicorp.com/terraform/language/values/variables#variable-definitions-tfvars-files"""


def write_back_problems(document: object) -> Iterator[Problem]:
    """Yield what is wrong with writing back. Takes anything that YAML reads."""
    top = as_mapping(document)
    files = [as_mapping(each) for each in list_at(as_mapping(top.get("write_back")), "files")]
    names = [each["name"] for _, each in environments(document) if isinstance(each.get("name"), str)]
    for index, each in enumerate(files):
        yield from _file_problems(("write_back", "files", index), each, names)
    yield from _written_twice(files)


def _file_problems(location: Location, file: Mapping[Any, Any], environments: list[str]) -> Iterator[Problem]:
    name = file.get("environment")
    if isinstance(name, str) and name not in environments and environments:
        message = f"the manifest has no environment {quoted(name)}; {suggestion(name, environments)}"
        yield Problem((*location, "environment"), message)
    where, form = file.get("path"), file.get("format")
    if not isinstance(where, str) or not isinstance(form, str):
        return
    wanted = _EXTENSIONS.get(form, ())
    if wanted and not where.endswith(wanted):
        message = f"Terraform reads {form} only from files that end with {wanted[0]}; rename it, or give another format"
        yield Problem((*location, "path"), message)


def _written_twice(files: list[Mapping[Any, Any]]) -> Iterator[Problem]:
    """Find keys of one file that more than one entry sets, and one file in two formats."""
    formats: dict[str, tuple[object, Location]] = {}
    keys: list[tuple[str, str, Location]] = []
    for index, file in enumerate(files):
        where, location = file.get("path"), ("write_back", "files", index)
        if not isinstance(where, str):
            continue
        form, first = formats.setdefault(where, (file.get("format"), location))
        if form != file.get("format"):
            message = f"{path((*first, 'format'))} gives another one for the same file; give one format"
            yield Problem((*location, "format"), message)
        for key in as_mapping(file.get("set")):
            if not isinstance(key, str) or not re.fullmatch(PATTERN, key):
                continue
            here = (*location, "set", key)
            for other_file, other, at in keys:
                if other_file == where and overlap(key_path(other), key_path(key)):
                    yield Problem(here, f"{path(at)} sets the same value of this file; give each one once")
            keys.append((where, key, here))
