"""Check a policy file before it is uploaded, and manifests by it."""

from collections.abc import Sequence
from pathlib import Path

import click

from gantry.command_line.results.found_problem import found_problems
from gantry.promotion.errors import ManifestError, PolicyError
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.reading import parse
from gantry.promotion.policy.binding import own_name
from gantry.promotion.policy.content import Policy
from gantry.promotion.policy.reading import parse_policy
from gantry.targets.registry import DEFAULT_KIND, KINDS, all_schemas
from gantry.use_cases.policy import violations


def check(policy_file: Path, manifest_files: Sequence[Path]) -> int:
    """Print what is wrong with the files, and what the policy refuses of each manifest; return the exit code."""
    file = policy_file
    try:
        policy = parse_policy(file.read_text(encoding="utf-8"), None, KINDS, DEFAULT_KIND)
        manifests: dict[Path, Manifest] = {}
        for file in manifest_files:
            manifests[file] = parse(file.read_text(encoding="utf-8"), all_schemas())
    except (ManifestError, PolicyError) as error:
        for each in found_problems(error):
            click.echo(each.after(file))
        return 1
    except OSError as error:
        click.echo(f"{file}: it cannot be read: {error.strerror}")
        return 1
    except UnicodeDecodeError as error:
        click.echo(f"{file}: it is not UTF-8: {error.reason} at byte {error.start}")
        return 1
    click.echo(f"{policy_file}: a valid policy")
    return max([0, *(_report(file, policy, manifests) for file in manifests)])


def _report(file: Path, policy: Policy, manifests: dict[Path, Manifest]) -> int:
    """Say what of one manifest would be refused, given the others."""
    manifest = manifests[file]
    others = {each.service for each in manifests.values()} - {manifest.service}
    namesakes = sorted(each for each in others if own_name(each) == own_name(manifest.service))
    every = [each.name for each in manifest.environments]
    found = list(violations(policy, manifest, every, every, namesakes))
    for reason in found or ["the policy allows it"]:
        click.echo(f"{file}: {reason}")
    return 1 if found else 0
