"""How the manifests of a commit stand to the bucket. Nothing is written."""

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING

from gantry.command_line.ci_facts import address_of
from gantry.command_line.errors import CommandError, Exit
from gantry.command_line.git_checkout import GitCheckout
from gantry.command_line.manifest_syncing import SyncOrder, sync
from gantry.command_line.synced_lines import warn_of_uncommitted
from gantry.promotion.drift.report import CopyDrift, DriftReport, NewestManifest, ServiceDrift
from gantry.promotion.drift.states import DriftState
from gantry.promotion.manifest_sync import SHORT, SyncStep, SyncWish

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


def with_manifests(
    report: DriftReport, pipeline: "Pipeline", service: str | None, paths: Sequence[Path]
) -> DriftReport:
    """Return a report with how the manifests in files and folders stand, as the last commit has them.

    Args:
        report: of the targets.
        pipeline: whose bucket it is.
        service: only this one; None for all in the paths.
        paths: files and folders of one checkout.

    Raises:
        CommandError: a file is no manifest, or a path is in no commit.
    """
    checkout = GitCheckout(paths[0])
    commit, scope = checkout.commit("HEAD"), tuple(map(checkout.place_of, paths))
    warn_of_uncommitted(checkout, commit, scope)
    wish = SyncWish(commit, address_of(None, os.environ, checkout), scope)
    planned = sync(pipeline, checkout, SyncOrder(wish, None, None, is_dry_run=True))
    if planned.problems:
        raise CommandError("\n".join(planned.problems), Exit.FAILED)
    found = {each.service: _stands(each, commit) for each in planned.manifests if service in {None, each.service}}
    services = [_with(each, found.pop(each.service, None)) for each in report.services]
    services += [ServiceDrift.of(name, NewestManifest(None), (), (copy,)) for name, copy in found.items()]
    return DriftReport.of(report.at, sorted(services, key=lambda each: each.service))


def _stands(step: SyncStep, commit: str) -> CopyDrift:
    if step.action == "nothing":
        return CopyDrift.of_manifest(step.service, DriftState.SYNCED)
    command = join(["gantry", "manifest", "sync", step.path]) if step.action == "upload" and step.path else None
    why = f"The bucket does not have what {commit[:SHORT]} has: {step.why}"
    return CopyDrift.of_manifest(step.service, DriftState.OUT_OF_SYNC, why, command)


def _with(service: ServiceDrift, manifest: CopyDrift | None) -> ServiceDrift:
    """Return a service with how its manifest stands to Git, in place of what the bucket alone can tell."""
    if manifest is None:
        return service
    known = next((each for each in service.copies if each.id == manifest.id), None)
    if known and manifest.state is DriftState.SYNCED:
        manifest = known
    others = [each for each in service.copies if each.id != manifest.id]
    return ServiceDrift.of(service.service, service.manifest, service.targets, (*others, manifest))
