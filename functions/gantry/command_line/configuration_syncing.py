"""Promote the configuration of the manifests that a sync has uploaded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gantry.command_line.committed_manifests import committed_manifests
from gantry.command_line.configuring import change_configurations, planned
from gantry.command_line.promoting import Wish
from gantry.command_line.results.synced import Synced
from gantry.promotion.manifest.reading import parse
from gantry.targets.registry import all_schemas

if TYPE_CHECKING:
    from gantry.command_line.git_checkout import GitCheckout
    from gantry.command_line.pipeline import Pipeline


def with_promotions(
    pipeline: "Pipeline", checkout: "GitCheckout", synced: Synced, scope: Sequence[str], timeout: int | None
) -> Synced:
    """Return a sync with what came of the configurations that it has uploaded; with --dry-run, what would.

    A manifest that the bucket had already starts nothing: what a rollback took back stays back until somebody wants it.
    """
    uploads = [each.service for each in synced.manifests if each.action == "upload"]
    if synced.is_refused or not uploads:
        return synced
    if synced.is_dry_run:
        found = committed_manifests(checkout, synced.commit, tuple(scope)).manifests
        manifests = [
            parse(each.content.decode(), all_schemas(), each.service) for each in found if each.service in uploads
        ]
        return replace(synced, configurations=tuple(planned(pipeline, each) for each in manifests))
    done = [each.service for each in synced.manifests if each.action == "upload" and each.is_done]
    wishes = [Wish(service, None, is_configuration_only=True) for service in done]
    return replace(synced, configurations=change_configurations(pipeline, wishes, timeout))
