"""What to type next, given how something ended."""

from collections.abc import Mapping
from typing import Any

from gantry.promotion.visible_text import one_line

SUPERSEDED = ("ApprovalSuperseded", "DeploymentSuperseded", "DeploymentSupersededError")
"""The errors of what gave way to a newer release. Nothing is wrong with that."""
_ADVICE: Mapping[str, str] = {
    "InvalidRequestError": "Correct what was typed, and start it again.",
    "ManifestError": "Correct the manifest: gantry manifest check FILE",
    "PolicyError": "Let the administrators correct the policy file: gantry policy check FILE",
    "PolicyViolationError": "Correct the manifest, or ask the administrators of the policy file.",
    "TargetOwnedError": "Ask the administrators of the policy file for takes_over_from, or name another target.",
    "EnvironmentsNotReadyError": "Fix what it names, then redrive the promotion, or promote it again.",
    "QuorumUnreachableError": "Add approvers to the manifest.",
    "ReplicationFailedError": "Bring the artifact to the target's region, then promote it again.",
    "NeedsTimedOutError": "Let the infrastructure come that it names, then redrive the promotion, or promote it again.",
    "AlarmNotFoundError": "Create the alarm, or take it out of the manifest.",
    "TargetAccessError": "Deploy the target template to that account and region again.",
    "TargetNotFoundError": "Create what the manifest names, then promote it again.",
    "TargetChangedError": "Look who else changes the target, then promote it again.",
}
"""By the name of the error, where promoting it once more as it is would end the same way."""
_WITHOUT_ERROR: Mapping[str, tuple[str, ...]] = {
    "healthy": ("gantry history {service}",),
    "in_flight": ("gantry watch {service}",),
    "rolled_back": ("gantry quarantine {service}", "gantry status {service}"),
}
_VERDICTS = ("CanaryUnhealthyError", "AlarmRaisedError", "CheckFailedError", "CanaryAbortedError")


def next_steps(state: str, facts: Mapping[str, Any], service: str) -> tuple[str, ...]:
    """Return the commands to type, or a sentence where there is none.

    Args:
        state: how it ended.
        facts: of the entry that says so, and of what is behind it.
        service: its name.
    """
    named = facts.get("tag") or facts.get("digest")
    again = f"gantry promote {service} {one_line(str(named))}" if named else f"gantry promote {service} TAG"
    error = str(facts.get("error") or "")
    if not error and state in _WITHOUT_ERROR:
        return tuple(each.format(service=service) for each in _WITHOUT_ERROR[state])
    if error in SUPERSEDED:
        return ("Nothing: a newer release took its place.", f"gantry status {service}")
    if error == "QuarantinedError":
        return (f"gantry quarantine {service}", f'{again} --release-from-quarantine "why it is safe now"')
    if error in _VERDICTS:
        return ("Push a fixed artifact: a push starts the next promotion.", f"gantry quarantine {service}")
    if error in _ADVICE:
        return (_ADVICE[error],)
    return (again, f"gantry history {service}")
