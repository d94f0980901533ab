"""Writes the manifest that functions would have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from gantry.command_line.adoption.found_function import FoundFunction
from gantry.command_line.adoption.settings import SharedSettings, shared_settings
from gantry.command_line.adoption.shifting import Shifting, shifting_of
from gantry.promotion.service_name import bucket_and_key
from gantry.promotion.versioning import Versioning, reason_to_ignore

Json = dict[str, Any]
_HEADER = """\
# What gantry adopt has found. Before the first promotion, read what it says is in the way, then check this file:
#   gantry manifest check FILE
"""
_APPROVAL = "  # approval: {approvers: [ops@example.com]} # nobody is asked without it\n"


@dataclass(frozen=True, slots=True)
class WrittenManifest:
    """A manifest's text, and what it leaves out."""

    text: str
    differing: Mapping[str, tuple[str, ...]]
    """By environment, the settings that its targets do not share."""
    hidden: Mapping[str, tuple[str, ...]]
    """By environment, the settings with arguments that look like secrets."""
    shifting: Mapping[str, Shifting]
    """By environment, how CodeDeploy shifts traffic today."""


def written_manifest(service: str, found: Sequence[FoundFunction], *, is_zip: bool) -> WrittenManifest:
    """Return the manifest of a service with these targets, its environments in the order of the functions.

    Args:
        service: the repository, or `s3/<bucket>/<key>` for zips.
        found: the functions; those with the same environment are its targets.
        is_zip: whether the service's releases are zips.
    """
    environments: dict[str, list[FoundFunction]] = {}
    for each in found:
        environments.setdefault(each.environment, []).append(each)
    shared = {name: shared_settings(targets) for name, targets in environments.items()}
    shifting = {name: shifting_of(targets) for name, targets in environments.items()}
    text = "".join(
        (
            _HEADER,
            _yaml(_artifact(service, found, is_zip=is_zip) | {"architecture": found[0].latest.architecture}),
            "environments:\n",
            *(_environment(name, targets, shared[name], shifting[name]) for name, targets in environments.items()),
        )
    )
    return WrittenManifest(
        text,
        {name: each.differing for name, each in shared.items() if each.differing},
        {name: each.hidden for name, each in shared.items() if each.hidden},
        shifting,
    )


def _artifact(service: str, found: Sequence[FoundFunction], *, is_zip: bool) -> Json:
    if is_zip:
        bucket, key = bucket_and_key(service.removeprefix("s3/"))
        return {"artifact": {"bucket": bucket, "key": key}}
    return {"repository": service, "versioning": _scheme(found)}


def _scheme(found: Sequence[FoundFunction]) -> str:
    """Return the scheme that the tags of today fit; commits' hashes where none does."""
    tags = [each.image.rpartition("/")[2].partition("@")[0].partition(":")[2] for each in found]
    is_semver = any(tag and reason_to_ignore(tag, Versioning("semver")) is None for tag in tags)
    return "semver" if is_semver else "git-sha"


def _environment(name: str, targets: Sequence[FoundFunction], shared: SharedSettings, shifting: Shifting) -> str:
    keys: Json = {"name": name, "targets": [_target(each) for each in targets], "traffic": shifting.traffic}
    keys |= {"alarms": list(shifting.alarms)} if shifting.alarms else {}
    lines = _yaml([keys]) + _APPROVAL
    if shared.given:
        lines += _yaml({"configuration": shared.given}, indent=2)
    lines += "".join(f"  # {line}\n" for line in _variables_comment(shared))
    return "".join(f"  {line}\n" for line in lines.splitlines())


def _target(found: FoundFunction) -> Json:
    target = {"account": found.account, "region": found.region, "function": found.name, "alias": found.alias}
    return target if found.is_behind_alias else target | {"role": found.latest.role}


def _variables_comment(shared: SharedSettings) -> Iterator[str]:
    if not shared.withheld:
        return
    yield f"All variables stay as they are, because these look like secrets: {', '.join(shared.withheld)}."
    if shared.shown:
        yield "Once they are gone from the function, the others may be set here, in configuration:"
        yield from (f"  {line}" for line in _yaml({"environment": shared.shown}).splitlines())


def _yaml(value: object, indent: int = 0) -> str:
    """Return block YAML in ASCII, each value on one line, so that it can also be a comment."""
    text: str = yaml.safe_dump(value, sort_keys=False, width=1_000_000, default_flow_style=False)
    return "".join(f"{' ' * indent}{line}\n" for line in text.splitlines())
