"""The facts that approvers get, the same in the mail and on the page: sections of short rows, as plain text."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from gantry.promotion.answer_section import answer_section
from gantry.promotion.approval import Approval
from gantry.promotion.approval_carriage import carriage_sections, carried_before
from gantry.promotion.approval_differences import Difference, differences, live_here
from gantry.promotion.approval_snapshots import Snapshot
from gantry.promotion.canary_facts import canary_section, canary_snapshot, known_section
from gantry.promotion.canary_question import CanaryQuestion
from gantry.promotion.difference import Change
from gantry.promotion.fact_section import AGAIN, CHANGES, FORECAST, OUTLOOK, RELEASED, FactSection
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.masking import is_comparable, shown
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.release_record import record_section
from gantry.promotion.source_section import source_sections
from gantry.promotion.timestamps import readable, span
from gantry.promotion.visible_text import LONGEST_REASON, foreign, one_line, quoted, shortened

_NOT_SET = "(not set)"


def snapshot(approval: Approval, lives: Sequence[Live], quarantine: Quarantine | None = None) -> Snapshot:
    """Return what a decision is about. It is kept with the answer, and must not change while the page is open.

    Args:
        approval: the approval.
        lives: what is live on the targets of the service.
        quarantine: the last one that the digest came into.
    """
    if approval.canary:
        quarantined = {"released_from_quarantine": _quarantine_snapshot(quarantine)}
        return canary_snapshot(approval, approval.canary) | quarantined
    release = approval.release
    return {
        "digest": release.digest,
        "tag": release.tag,
        "manifest_revision": release.manifest_revision,
        "differences": [
            {
                "targets": list(each.targets),
                "live": list(each.live),
                "changes": [[change.key, change.before, change.after] for change in each.changes],
            }
            for each in differences(approval, lives)
        ],
        "carried": {
            "now": dict(approval.carried),
            "before": [{"targets": list(each), "carried": before} for each, before in carried_before(approval, lives)],
        },
        "released_from_quarantine": _quarantine_snapshot(quarantine),
    }


def fact_sections(
    approval: Approval, lives: Sequence[Live], now: str, quarantine: Quarantine | None = None
) -> tuple[FactSection, ...]:
    """Return everything that an approver gets to read.

    Args:
        approval: the approval.
        lives: what is live on all the targets of the service, in every environment.
        now: ISO 8601, UTC.
        quarantine: the last one that the digest came into; None when it never was in any.
    """
    if approval.canary:
        return _of_canary(approval, approval.canary, lives, now, quarantine)
    if approval.outcome:  # a comparison with what is live by now would say nothing about what was decided
        live = _live_now(approval, lives, now)
        return (_release(approval), *source_sections(approval, ()), live, answer_section(approval, now))
    return (
        *([FactSection(AGAIN, (("", approval.why_again),))] if approval.why_again else ()),
        *_released(approval, quarantine),
        _release(approval),
        *source_sections(approval, lives),
        _live_now(approval, lives, now),
        *(_changes(each, alone=len(approval.targets) == len(each.targets)) for each in differences(approval, lives)),
        *carriage_sections(approval, lives),
        *([FactSection(FORECAST, (("", approval.forecast),))] if approval.forecast else ()),
        *_outlook(approval),
        record_section(approval, lives, now),
        _alarms(approval),
        answer_section(approval, now),
    )


def _of_canary(
    approval: Approval, canary: CanaryQuestion, lives: Sequence[Live], now: str, quarantine: Quarantine | None
) -> tuple[FactSection, ...]:
    known, answers = known_section(canary), answer_section(approval, now)
    release = (_release(approval), *source_sections(approval, () if approval.outcome else lives))
    if approval.outcome:
        return (known, *release, answers)
    released = _released(approval, quarantine)
    return (*released, known, canary_section(approval, canary), *release, answers)


def _released(approval: Approval, quarantine: Quarantine | None) -> tuple[FactSection, ...]:
    """Return the release from quarantine, if the digest was rolled back before and somebody has released it since."""
    if quarantine is None or (released := quarantine.released) is None:
        return ()
    which = "this" if released.execution == approval.execution else "another"
    rows = (
        (
            "In quarantine",
            f"from {readable(quarantine.since)}: {shortened(one_line(quarantine.reason), LONGEST_REASON)}",
        ),
        ("Released", f"at {readable(released.at)} by {released.who}, to start {which} promotion"),
        ("Because", quoted(released.reason, LONGEST_REASON)),
    )
    return (FactSection(RELEASED, rows),)


def _quarantine_snapshot(quarantine: Quarantine | None) -> dict[str, Any] | None:
    if quarantine is None or quarantine.released is None:
        return None
    return {
        "since": quarantine.since,
        "reason": shortened(quarantine.reason, LONGEST_REASON),
        "released": asdict(quarantine.released),
    }


def _release(approval: Approval) -> FactSection:
    release = approval.release
    only = (("Changes", "only the configuration: the artifact that is live there stays"),)
    rows = (
        ("Service", release.service),
        ("Environment", approval.environment),
        *(only if release.is_configuration_only else ()),
        ("Tags", ", ".join(map(foreign, approval.origin.tags)) or foreign(release.tag or "none")),
        ("Digest", release.digest),
        ("Manifest revision", release.manifest_revision),
        ("Started by", str(approval.origin)),
    )
    return FactSection("The release", rows)


def _live_now(approval: Approval, lives: Sequence[Live], now: str) -> FactSection:
    here = live_here(approval, lives)
    rows = [
        (target.id, _live_since(here[target.id], now) if target.id in here else "nothing that Gantry has released")
        for target in approval.targets
    ]
    return FactSection("Live there now", tuple(rows))


def _live_since(live: LiveRevision, now: str) -> str:
    return f"{live}, since {readable(live.since)} ({span(live.since, now)})"


def _changes(difference: Difference, *, alone: bool) -> FactSection:
    rows = [] if alone else [("on", ", ".join(difference.targets))]
    rows.append(("artifact", difference.artifact))
    if difference.is_first and difference.content:
        rows.append(("", "It is the first release there, so all of it is new."))
    rows += difference.content
    rows += [(change.key, _change(change, difference)) for change in difference.changes]
    if not difference.changes:
        rows.append(("configuration", "none is set" if difference.is_first else "as now"))
    elif not (difference.is_first or difference.is_known):
        rows.append(("", "The live configuration is not on record, so everything that the release sets is listed."))
    return FactSection(CHANGES, tuple(rows))


def _change(change: Change, difference: Difference) -> str:
    after = _NOT_SET if change.after is None else shown(change.after)
    if change.before is not None:
        before = shown(change.before)
        if not is_comparable(change.before):
            return f"{before} → {after} (masked by an earlier version, so perhaps the same value)"
        return f"{before} → {after}{' (another value)' if before == after else ''}"
    # A value with an arrow of its own must not look like before and after.
    return f"{_NOT_SET} → {after}" if difference.is_known or "→" in after else after


def _outlook(approval: Approval) -> tuple[FactSection, ...]:
    """Return when it would end after an approval, and what it may rely on, as a preview says both."""
    rows = [("It takes", approval.ends)] if approval.ends else []
    rows += [("Checked", f"{'; '.join(approval.rules)}, {_when_asked(approval)}")] if approval.rules else []
    return (FactSection(OUTLOOK, tuple(rows)),) if rows else ()


def _when_asked(approval: Approval) -> str:
    return f"when approval was requested, at {readable(approval.requested_at)}"


def _alarms(approval: Approval) -> FactSection:
    if not approval.alarms:
        nothing = f"The manifest names none for {approval.environment}, so no alarm can stop a bad release."
        return FactSection("Alarms", (("", nothing),))
    when = _when_asked(approval)
    firing = [("Firing already", f"{alarm}, {when}") for alarm in approval.firing] or [("Firing", f"none, {when}")]
    return FactSection("Alarms", (("Watching", ", ".join(approval.alarms)), *firing))
