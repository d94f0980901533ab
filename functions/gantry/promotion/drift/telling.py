"""The message and the events about drift, once it is found and once it has ended."""

from collections.abc import Iterator, Mapping, Sequence

from gantry.promotion.drift.record import DriftChanges, DriftFinding
from gantry.promotion.drift.report import CopyDrift, ServiceDrift, TargetDrift
from gantry.promotion.events import Event
from gantry.promotion.messages import Message, listed
from gantry.promotion.source_links import source_facts
from gantry.promotion.visible_text import visible

MOST_DIFFERENCES = 50
"""In an event, which may have 256 KB: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""


def drift_message(changes: Sequence[DriftChanges]) -> Message | None:
    """Return what people are told about all services together; None when nothing has changed for them."""
    found = [line for each in changes for finding in each.found for line in _found_lines(each.service, finding)]
    ended = [f"{_place(each.service, finding)}: {finding.target_id}" for each in changes for finding in each.ended]
    if not found and not ended:
        return None
    number = sum(len(each.found) for each in changes)
    is_about_targets = all(finding.is_of_target for each in changes for finding in each.found)
    noun = "target" if is_about_targets else "place"
    places = f"1 {noun} is" if number == 1 else f"{number} {noun}s are"
    outcome = f"{places} not as released, or not to be looked at" if found else "what was found has ended"
    parts = [
        (f"These {noun}s are not as Gantry has left them, or could not be looked at:", found),
        ("These are as they should be again, or no longer live:", ended),
    ]
    text = "\n\n".join("\n".join([title, *listed(lines)]) for title, lines in parts if lines)
    return Message(f"Drift: {outcome}", visible(text))


def _place(service: str, finding: DriftFinding) -> str:
    return f"{service} in {finding.environment}" if finding.environment else service


def _found_lines(service: str, finding: DriftFinding) -> Iterator[str]:
    yield f"{_place(service, finding)}: {finding.target_id} is {finding.state}: {finding.sentence}"
    if finding.restored_by:
        yield f"  Gantry restores it, as its manifest says: {finding.restored_by}"
    if finding.not_restored:
        yield f"  Gantry does not restore it, although its manifest says so: {finding.not_restored}"
    if finding.command and not finding.restored_by:
        yield f"  puts it right: {finding.command}"


def drift_events(changes: DriftChanges, report: ServiceDrift | None) -> Iterator[Event]:
    """Yield the events about one service.

    Args:
        changes: what has changed.
        report: the report that they are of; None where nothing of the service is live any more.
    """
    by_id = {each.id: each for each in report.everything} if report else {}
    for finding in changes.found:
        target = by_id[finding.target_id]
        facts = {
            "state": finding.state,
            "reason": finding.sentence,
            "differences": [
                {"what": each.what, "expected": each.expected, "found": each.found}
                for each in target.counted[:MOST_DIFFERENCES]
            ],
            "command": finding.command,
            "restored_by": finding.restored_by,
            "not_restored": finding.not_restored,
        }
        yield _event("Found", changes.service, finding, target, facts)
    for finding in changes.ended:
        yield _event("Ended", changes.service, finding, by_id.get(finding.target_id), {})


def _event(
    what: str, service: str, finding: DriftFinding, found: TargetDrift | CopyDrift | None, facts: Mapping[str, object]
) -> Event:
    target = found if isinstance(found, TargetDrift) else None
    subject = {
        "service": service,
        "digest": target.digest if target else None,
        "tag": target.tag if target else None,
        "source": source_facts(target.source) if target else None,
        "execution": target.execution if target else None,
        "environment": finding.environment,
        "target": finding.target_id,
        "what": finding.what,
        "since": finding.since,
    }
    return Event(f"Promotion Drift {what}", {**subject, **facts}, (finding.arn,) if finding.arn else ())
