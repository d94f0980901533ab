"""The versions that a release takes of what its configuration refers to: the same for approvers and the deployment."""

from collections.abc import Mapping
from dataclasses import replace

from gantry.promotion.references.reference import Reference
from gantry.promotion.target import Target

Versions = Mapping[Reference, str]


def with_versions(target: Target, versions: Versions, settings: Mapping[str, str]) -> Target:
    """Return a target with the versions of all references that are there.

    Args:
        target: the target.
        versions: those in its account and region.
        settings: what the release sets on it in its environment's configuration, as people may see it.
    """
    texts = {reference.text(): reference.text(version) for reference, version in versions.items()}
    shown = {key: texts[text] for key, text in settings.items() if text in texts}
    return replace(target, settings={**target.settings, **shown}, references=texts)
