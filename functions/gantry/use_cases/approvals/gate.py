"""Put a release at the gate in front of an environment, unless a newer one is there."""

from gantry.promotion.approval import Approval
from gantry.promotion.environment_gate import EnvironmentGate, blocks_older
from gantry.use_cases.approvals.clock import now
from gantry.use_cases.approvals.concluding import conclude
from gantry.use_cases.approvals.mailing import notify_superseded
from gantry.use_cases.services import Services


def take_gate(approval: Approval, services: Services) -> str | None:
    """Take the place of another release at the gate. Return the name of a newer release that blocks this one."""
    service, environment = approval.release.service, approval.environment
    own = EnvironmentGate.of(approval)
    while True:
        found = services.approvals.gate(service, environment)
        if found and found.is_newer_than(own):
            if blocks(services.approvals.get(found.approval_id), services):
                return found.release
        elif found and found.keeps_out(own) and services.executions.is_running(found.execution):
            return found.release
        elif found and found.approval_id != own.approval_id:
            _supersede(found.approval_id, own.release, services)
        if services.approvals.replace_gate(service, environment, own, found):
            return None


def blocks(newer: Approval, services: Services) -> bool:
    """Whether a newer release at a gate has reached the environment, or still may."""
    quarantine = services.quarantines.get(newer.release.service, newer.release.digest)
    is_running = services.executions.is_running(newer.execution)
    return blocks_older(newer, now(), is_running=is_running, is_quarantined=quarantine is not None)


def _supersede(older: str, release: str, services: Services) -> None:
    """End an older approval. A retry notifies everybody whom an earlier try did not reach."""
    at = now()
    approval, _ = services.approvals.change(older, lambda each: each.ended("superseded", at, release))
    if approval.outcome != "superseded":
        return
    conclude(approval, services)
    if not approval.is_supersession_notified:
        notify_superseded(approval, services)
        services.approvals.change(approval.id, Approval.supersession_notified, approval)
