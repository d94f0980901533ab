"""`python -m gantry.command_line.policy POLICY [MANIFEST …]` checks a policy file, and manifests by it."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from gantry.promotion.errors import ManifestError, PolicyError
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.reading import parse
from gantry.promotion.policy.binding import own_name
from gantry.promotion.policy.content import Policy
from gantry.promotion.policy.model import PolicyKeys
from gantry.promotion.policy.reading import parse_policy
from gantry.targets.registry import DEFAULT_KIND, KINDS, all_schemas
from gantry.use_cases.policy import violations


def main(arguments: Sequence[str]) -> int:
    """Check files before they are uploaded. Return the exit code: 0 when nothing would be refused."""
    parser = argparse.ArgumentParser(prog="python -m gantry.command_line.policy", description="Check a policy file.")
    parser.add_argument("policy", metavar="POLICY", type=Path, nargs="?")
    parser.add_argument("manifests", nargs="*", metavar="MANIFEST", type=Path)
    parser.add_argument("--schema", action="store_true", help="print the JSON schema for editors instead")
    options = parser.parse_args(arguments)
    if options.schema:
        sys.stdout.write(json.dumps(PolicyKeys.model_json_schema(), indent=2) + "\n")
        return 0
    if not options.policy:
        parser.error("name a POLICY, or --schema")
    file = options.policy
    try:
        policy = parse_policy(file.read_text(encoding="utf-8"), None, KINDS, DEFAULT_KIND)
        manifests: dict[Path, Manifest] = {}
        for file in options.manifests:
            manifests[file] = parse(file.read_text(encoding="utf-8"), all_schemas())
    except (OSError, UnicodeDecodeError, ManifestError, PolicyError) as error:
        sys.stdout.write("".join(f"{file}: {line}\n" for line in str(error).splitlines()))
        return 1
    sys.stdout.write(f"{options.policy}: a valid policy\n")
    return max([0, *(_report(file, policy, manifests) for file in manifests)])


def _report(file: Path, policy: Policy, manifests: dict[Path, Manifest]) -> int:
    """Say what of one manifest would be refused, given the others."""
    manifest = manifests[file]
    others = {each.service for each in manifests.values()} - {manifest.service}
    namesakes = sorted(each for each in others if own_name(each) == own_name(manifest.service))
    every = [each.name for each in manifest.environments]
    found = list(violations(policy, manifest, every, every, namesakes))
    sys.stdout.write("".join(f"{file}: {reason}\n" for reason in found or ["the policy allows it"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
