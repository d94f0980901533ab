"""Why an environment is as it is, or an execution ended as it did: read from the board and the history."""

from collections.abc import Mapping
from dataclasses import replace

from gantry.promotion.board.board import EnvironmentOnBoard, Moving, ServiceOnBoard
from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.board.explanation import Explanation, explain
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.board.release_links import KnownSources, ReleaseLinks, live_source
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live_now import LiveNow, version_name
from gantry.promotion.nearest_names import nearest_names
from gantry.promotion.needs.waiting import WaitingRelease
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import one_line
from gantry.use_cases.operator.read_board import read_board
from gantry.use_cases.operator.read_history import read_history
from gantry.use_cases.services import Services

_ENTRIES = 300
"""The newest ones that are looked at."""


def explain_environment(services: Services, service: str, environment: str) -> Explanation:
    """Explain how an environment of a service is: what it waits for, what moves, or how the last thing ended.

    Raises:
        LookupError: nothing of it is on record; the message says what is.
    """
    board = read_board(services, service)
    known = next(iter(board.services), None)
    names = [each.name for each in known.environments] if known else []
    if known is None or environment not in names:
        if names:
            have = f"It has {nearest_names(environment, names)}."
        else:
            others = nearest_names(service, [each.service for each in read_board(services).services])
            have = f"There are the services {others}." if others else "No service was promoted yet."
        raise LookupError(f"Nothing of {service} in {environment} is on record. {have}")
    here = next(each for each in known.environments if each.name == environment)
    if now := _now(known, here):
        return now
    entries = read_history(services, service, _ENTRIES)
    starts = (each for each in entries if each.kind is HistoryKind.PROMOTION_STARTED)
    bound_for = {each.execution: set(each.facts.get("environments") or ()) for each in starts}
    for each in entries:
        if each.kind is HistoryKind.DEPLOYMENT_COMPLETED:  # so that what failed later has not failed there
            bound_for.get(str(each.facts.get("promotion")), set()).discard(each.environment)
    about = [each for each in entries if _is_about(each, environment, bound_for)]
    found = explain(about, service, environment)
    if found:
        links = KnownSources(known, entries).links(found.digest, found.execution, live_source(here))
        return replace(found, links=links)
    live = [f"{each.target.id}: {each.live}" for each in here.targets if each.live]
    sentence = (
        "The last release is live, and nothing has happened lately." if live else "Nothing was deployed there yet."
    )
    return Explanation(service, environment, "healthy" if live else "unknown", sentence, "; ".join(live) or None)


def explain_execution(services: Services, service: str, execution: str) -> Explanation | None:
    """Explain how an execution ended; None where the newest part of the history says nothing of it.

    Args:
        services: the adapters.
        service: whose execution it is.
        execution: its name or ARN.
    """
    name = execution.rpartition(":")[2]
    board = read_board(services, service)
    for known in board.services:
        if running := next((each for each in known.promotions if each.execution.endswith(f":{name}")), None):
            for here in known.environments:
                if here.name in running.environments and (now := _now(known, here)):
                    return now
    entries = read_history(services, service, _ENTRIES)
    own = [each for each in entries if each.execution.rpartition(":")[2] == name]
    if not own:
        return None
    newest, digests = own[0], {each.facts.get("digest") for each in own} - {None}
    related = [
        each for each in entries if each.at <= newest.at and each.facts.get("digest") in digests and each not in own
    ]
    found = explain([*own, *related], service)
    return replace(found, links=KnownSources(None, entries).links(found.digest, execution)) if found else None


def _is_about(entry: HistoryEntry, environment: str, bound_for: Mapping[str, set[str]]) -> bool:
    """Whether an entry is about an environment, or about a promotion that failed before it was live there."""
    if entry.kind is HistoryKind.PROMOTION_FAILED:
        return environment in bound_for.get(entry.execution, ())
    return environment in {entry.environment, entry.facts.get("environment")}


def _now(service: ServiceOnBoard, here: EnvironmentOnBoard) -> Explanation | None:
    """Return what happens now in an environment, if anything does."""
    if here.approvals:
        return _asked(service, here, here.approvals[0])
    if here.needing:
        return _needing(service, here, here.needing)
    target = next((each for each in here.targets if each.moving), None)
    return _moving(service, here, target.moving, target.live) if target and target.moving else None


def _asked(service: ServiceOnBoard, here: EnvironmentOnBoard, approval: ListedApproval) -> Explanation:
    what = f"the canary at {approval.weight} %" if approval.target_id else "approval"
    facts = [
        ("release", one_line(approval.tag or approval.digest)),
        ("asked", ", ".join(map(one_line, approval.approvers))),
        ("approved by", ", ".join(map(one_line, approval.approved_by)) or f"nobody yet, of {approval.quorum} needed"),
        ("until", readable(approval.expires_at)),
    ]
    return Explanation(
        service.service,
        approval.environment,
        "waits_for_people",
        f"It waits for people: they are asked about {what}." if approval.target_id else "It waits for approval.",
        None,
        tuple(facts),
        (f'gantry approve {approval.id} --reason "…"', f'gantry reject {approval.id} --reason "…"'),
        approval.requested_at,
        approval.execution,
        approval.digest,
        ReleaseLinks.of(approval.source, live_source(here), approval.execution),
    )


def _needing(service: ServiceOnBoard, here: EnvironmentOnBoard, needing: WaitingRelease) -> Explanation:
    running = next((each for each in service.promotions if each.execution == needing.execution), None)
    facts = [
        ("release", one_line(needing.tag or needing.digest)),
        *(("needs", one_line(each)) for each in needing.unmet),
        *(("ask", one_line(each)) for each in needing.owners),
        ("until", readable(needing.until)),
    ]
    return Explanation(
        service.service,
        here.name,
        "in_flight",
        "It waits for its infrastructure, and goes on by itself once that is there.",
        None,
        tuple(facts),
        (f"gantry watch {service.service}",),
        needing.since,
        needing.execution,
        needing.digest,
        ReleaseLinks.of(running.release.source if running else None, live_source(here), needing.execution),
    )


def _moving(service: ServiceOnBoard, here: EnvironmentOnBoard, moving: Moving, live: LiveNow | None) -> Explanation:
    release, before = moving.release, live.source if live else None
    name = one_line(release.tag or release.digest) if release else None
    found = Explanation(
        service.service,
        here.name,
        "in_flight",
        f"{name} is being deployed, and has no traffic yet." if name else "A rollback is under way.",
        None,
        (("since", readable(moving.since)),),
        (f"gantry watch {service.service}",),
        moving.since,
        moving.execution,
        release.digest if release else None,
        ReleaseLinks.of(release.source if release else None, before, moving.execution),
    )
    tag = release.tag if release else None
    return _with_canary(found, service.service, here.name, moving.progress, tag) if moving.progress else found


def _with_canary(
    found: Explanation, service: str, environment: str, canary: CanaryProgress, tag: str | None
) -> Explanation:
    step = f"step {min(canary.step, canary.steps)} of {canary.steps}"
    version = version_name(canary.canary, tag and one_line(tag))
    facts = [*found.facts, ("canary", f"{version} at {canary.weight} %, {step}")]
    if seen := canary.seen:
        facts += [("verdict so far", seen.verdict), *(("because", one_line(each)) for each in seen.reasons)]
    facts.append(("time until", readable(canary.ends_at)))
    steps = (*found.next, f'gantry abort {service} {environment} --reason "…"')
    if paused := canary.paused:
        why = f": {one_line(paused.reason)}" if paused.reason else ""
        facts.append(("paused by", f"{one_line(paused.by)}{why}, until {readable(paused.until)}"))
        sentence = f"Its canary is paused at {canary.weight} %."
        return replace(
            found, sentence=sentence, facts=tuple(facts), next=(f"gantry resume {service} {environment}", *steps)
        )
    return replace(found, sentence=f"A canary has {canary.weight} % of the traffic.", facts=tuple(facts), next=steps)
