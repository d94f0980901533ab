"""What an approver is told, the same in the mail and on the page: sections of short rows, as plain text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gantry.promotion.approval import Approval
from gantry.promotion.difference import Change, apply, changes
from gantry.promotion.ledger import Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.release import Release
from gantry.promotion.sections import Section
from gantry.promotion.timestamps import readable, span

_NOT_SET = "(not set)"
_LONGEST_REASON = 500
"""Characters of why the image was rolled back. An error's text can be long, and the ledger has all of it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What the release changes, the same on some targets."""

    targets: tuple[str, ...]
    live: tuple[str | None, ...]
    """What is live on each of them, in words; None where nothing is. Version numbers are each function's own."""
    image: str
    """What happens to the image, in words."""
    changes: tuple[Change, ...]
    is_first: bool
    """Whether nothing is live there."""
    is_known: bool
    """Whether it is on record what the configuration is now."""


def differences(approval: Approval, lives: Sequence[Live]) -> tuple[Difference, ...]:
    """What would change, by target; those where the same changes are told together."""
    here = _live_here(approval, lives)
    found: dict[tuple[object, ...], Difference] = {}
    for target in approval.targets:
        live = here.get(target.id)
        given = {**approval.settings, **({"role": target.role} if target.role else {})}
        known = live.configuration if live else None
        image, changed = _image(approval.release, live), changes(known or {}, apply(known, given))
        key = (image, changed, known is None)
        same = found.get(key)
        found[key] = Difference(
            targets=(*(same.targets if same else ()), target.id),
            live=(*(same.live if same else ()), str(live) if live else None),
            image=image,
            changes=changed,
            is_first=live is None,
            is_known=known is not None,
        )
    return tuple(found.values())


def shown(approval: Approval, lives: Sequence[Live], quarantine: Quarantine | None = None) -> dict[str, Any]:
    """What a decision is about: kept with it, and while the page is open it must not change.

    Args:
        approval: what is asked.
        lives: what is live on the targets of the service.
        quarantine: the last one that the image came into.
    """
    release = approval.release
    return {
        "image_digest": release.image_digest,
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
        "released_from_quarantine": _kept(quarantine),
    }


def sections(
    approval: Approval, lives: Sequence[Live], now: str, quarantine: Quarantine | None = None
) -> tuple[Section, ...]:
    """Everything an approver is told.

    Args:
        approval: what is asked.
        lives: what is live on all the targets of the service, in every environment.
        now: ISO 8601, UTC.
        quarantine: the last one that the image came into; None when it never was in any.
    """
    if approval.outcome:  # what it would change is decided; compared with what is live by now it would say nothing
        return (_release(approval), _live_now(approval, lives, now), _answers(approval, now))
    return (
        *_released(approval, quarantine),
        _release(approval),
        _live_now(approval, lives, now),
        *(_changes(each, alone=len(approval.targets) == len(each.targets)) for each in differences(approval, lives)),
        _so_far(approval, lives, now),
        _alarms(approval),
        _answers(approval, now),
    )


def _released(approval: Approval, quarantine: Quarantine | None) -> tuple[Section, ...]:
    """That the image was rolled back before and may be promoted all the same; nothing while it may not."""
    if quarantine is None or (released := quarantine.released) is None:
        return ()
    which = "this" if released.execution == approval.execution else "another"
    by = released.by or "somebody who did not say who"
    rows = (
        ("Was in quarantine", f"since {readable(quarantine.since)}: {_short(quarantine.reason)}"),
        ("QuarantineRelease", f"at {readable(released.at)} by {by}, to start {which} promotion"),
        ("Because", released.reason),
    )
    return (Section("QuarantineRelease from quarantine", rows),)


def _kept(quarantine: Quarantine | None) -> dict[str, Any] | None:
    """What is kept of a release from quarantine that somebody was shown."""
    if quarantine is None or quarantine.is_active:
        return None
    told = asdict(quarantine)
    return {"since": told["since"], "reason": _short(quarantine.reason), "released": told["released"]}


def _short(reason: str) -> str:
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[: _LONGEST_REASON - 1]}…"


def _release(approval: Approval) -> Section:
    release = approval.release
    rows = [
        ("Service", release.service),
        ("Environment", approval.environment),
        ("Tags", ", ".join(approval.origin.tags) or release.tag or "none"),
        ("Digest", release.image_digest),
        ("Manifest revision", release.manifest_revision),
        ("Started by", str(approval.origin)),
    ]
    return Section("The release", tuple(rows))


def _live_now(approval: Approval, lives: Sequence[Live], now: str) -> Section:
    here = _live_here(approval, lives)
    rows = [
        (target.id, _living(here[target.id], now) if target.id in here else "nothing that Gantry has released")
        for target in approval.targets
    ]
    return Section("Live there now", tuple(rows))


def _living(live: LiveRevision, now: str) -> str:
    return f"{live}, since {readable(live.since)} ({span(live.since, now)})"


def _changes(difference: Difference, *, alone: bool) -> Section:
    rows = [] if alone else [("on", ", ".join(difference.targets))]
    rows.append(("image", difference.image))
    rows += [(change.key, _change(change, difference)) for change in difference.changes]
    if not difference.changes:
        rows.append(("configuration", "none is set" if difference.is_first else "as now"))
    elif not (difference.is_first or difference.is_known):
        rows.append(("", "The configuration of what is live is not on record, so all that the release sets is listed."))
    return Section("What changes", tuple(rows))


def _image(release: Release, live: LiveRevision | None) -> str:
    """A tag can be given to another image, and an image can have several tags."""
    after = release.tag or release.image_digest
    if live is None:
        return after
    before, is_same = live.tag or live.image_digest, live.image_digest == release.image_digest
    if before == after:
        return f"{after}, as now" if is_same else f"{before} → {after}, another image under the same tag"
    return f"{before} → {after}" + (", which is the same image" if is_same else "")


def _change(change: Change, difference: Difference) -> str:
    before, after = change.before, _NOT_SET if change.after is None else change.after
    if before is not None:
        return f"{before} → {after}"
    # What holds an arrow of its own must not look as if it told before and after.
    return f"{_NOT_SET} → {after}" if difference.is_known or "→" in after else after


def _so_far(approval: Approval, lives: Sequence[Live], now: str) -> Section:
    """How the release did wherever else it is or was live."""
    elsewhere = [live for live in lives if live.environment != approval.environment]
    rows = [
        (f"{live.environment}, {live.target.id}", told)
        for live in sorted(elsewhere, key=lambda each: each.current.since)
        if (told := _fared(approval.release, live, now))
    ]
    return Section("How it did so far", tuple(rows) or (("", "There is no record of it in any other environment."),))


def _fared(release: Release, live: Live, now: str) -> str | None:
    """Of several times that the image was live there, the one with this manifest revision tells most."""
    versions = (live.current, *live.lineage)
    places = [place for place, each in enumerate(versions) if each.image_digest == release.image_digest]
    if not places:
        return None
    revision = release.manifest_revision
    place = next((each for each in places if versions[each].manifest_revision == revision), places[0])
    found = versions[place]
    other = "" if found.manifest_revision == revision else " with another manifest revision"
    since = f"{found}{other}, since {readable(found.since)}"
    if place == 0:
        return f"{since} ({span(found.since, now)}): {_evidence(found.evidence)}"
    next_one = versions[place - 1]
    return f"{since}: {_evidence(found.evidence)}; replaced by {next_one}, live since {readable(next_one.since)}"


def _evidence(evidence: Sequence[Mapping[str, Any]] | None) -> str:
    """How the steps were judged, one by one."""
    if evidence is None:
        return "no verdict on record"
    return ", ".join(map(_step, evidence)) or "all traffic at once, so not judged"


def _step(step: Mapping[str, Any]) -> str:
    """The number of requests is told where a judge counted them."""
    requests = {**step.get("evidence", {}), **step}.get("invocations")
    counted = "" if requests is None else f" ({requests} request{'' if requests == 1 else 's'})"
    return f"{step['verdict']} at {step['weight']} %{counted}"


def _alarms(approval: Approval) -> Section:
    if not approval.alarms:
        nothing = f"The manifest names none for {approval.environment}, so that none can stop a bad release."
        return Section("Alarms", (("", nothing),))
    asked = f"when this was asked, at {readable(approval.requested_at)}"
    firing = [("Firing already", f"{alarm}, {asked}") for alarm in approval.firing] or [("Firing", f"none, {asked}")]
    return Section("Alarms", (("Watching", ", ".join(approval.alarms)), *firing))


def _answers(approval: Approval, now: str) -> Section:
    status = approval.status(now)
    rows = [("Needed", f"approval by {_needed(approval)}; one rejection ends it")]
    if status == "pending":
        rows.append(("Until", f"{readable(approval.expires_at)} (in {span(now, approval.expires_at)})"))
        rows.append(("After that", f"it counts as rejected, and {approval.environment} keeps what it has"))
    else:
        rows.append(("Ended", f"{status} at {readable(approval.ended_at or approval.expires_at)}"))
    for answer in approval.answers:
        reason = f": {answer.reason}" if answer.reason else ""
        rows.append((answer.identity, f"{answer.decision} at {readable(answer.at)}{reason}"))
    rows += [(to, f"could not be reached: {why}") for to, why in approval.unreached.items()]
    return Section("The answer", tuple(rows))


def _needed(approval: Approval) -> str:
    """Who has to approve, in words."""
    quorum, people = approval.policy.quorum, approval.approvers
    if len(people) == 1:
        return people[0]
    if quorum < len(people):
        return f"any {'one' if quorum == 1 else quorum} of {len(people)} approvers"
    return "both approvers" if quorum == 2 else f"all {quorum} approvers"  # noqa: PLR2004 - both are two


def _live_here(approval: Approval, lives: Iterable[Live]) -> dict[str, LiveRevision]:
    """What is live in the approval's environment, by target."""
    return {live.target.id: live.current for live in lives if live.environment == approval.environment}
