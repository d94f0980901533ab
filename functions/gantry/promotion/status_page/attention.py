"""What needs people and what moves, over all services, ahead of the board's table."""

from collections.abc import Iterator, Sequence

from gantry.promotion.board.board import Board, EnvironmentOnBoard, ServiceOnBoard
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.drift.record import DriftFinding
from gantry.promotion.needs.waiting import WaitingRelease
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.status_page.canary_html import moving_html, step_words
from gantry.promotion.status_page.view import StatusView, service_address
from gantry.promotion.status_page.words import (
    age,
    breakable,
    name,
    people,
    person,
    release_name,
    sentence,
    short_digest,
    with_what,
)
from gantry.promotion.timestamps import readable

_MOST = 15
"""Entries of each list. The table below has all of them."""

_LONGEST = 200
"""Characters of a reason."""


def attention_html(board: Board, view: StatusView) -> str:
    """Return a list of each: what waits for people, what moves, what is quarantined; nothing where there is none."""
    lists = (
        ("Waits for people", [*_approvals(board, view), *_paused(board, view)]),
        ("Waits for infrastructure", list(_needing(board, view))),
        ("Not as released", list(_astray(board, view))),
        ("On the move", list(_moving(board, view))),
        ("Quarantined", list(_quarantined(board, view))),
    )
    return "".join(_list(title, entries) for title, entries in lists) or "<p>Nothing moves, and nobody is asked.</p>"


def _list(title: str, entries: Sequence[str]) -> str:
    if not entries:
        return ""
    more = f"<li>and {len(entries) - _MOST} more, in the table below</li>" if len(entries) > _MOST else ""
    return f"<h2>{title} ({len(entries)})</h2><ul>{''.join(f'<li>{each}</li>' for each in entries[:_MOST])}{more}</ul>"


def _environments(board: Board) -> Iterator[tuple[ServiceOnBoard, EnvironmentOnBoard]]:
    for service in board.services:
        for environment in service.environments:
            yield service, environment


def _approvals(board: Board, view: StatusView) -> Iterator[str]:
    for service, environment in _environments(board):
        for approval in environment.approvals:
            yield f"{_where(service, environment, view)}: {approval_html(approval, board.at, view)}"


def approval_html(approval: ListedApproval, now: str, view: StatusView) -> str:
    """Return an open question: what it is about, who may answer until when, and the command for it."""
    called = release_name(approval.tag, approval.digest)
    what = with_what(called, is_configuration_only=approval.configuration_only)
    about = f"the canary of {what}, at {approval.weight} %" if approval.target_id else what
    got = f"{len(approval.approved_by)} of {approval.quorum} approved"
    return (
        f"<strong>{about}</strong> has waited {age(approval.requested_at, now)} for {people(approval.approvers)}; "
        f"{got}. Until {readable(approval.expires_at)}. {view.command('approve', approval.id, '--reason', '…')}"
    )


def _needing(board: Board, view: StatusView) -> Iterator[str]:
    for service, environment in _environments(board):
        if environment.needing:
            yield f"{_where(service, environment, view)}: {needing_html(environment.needing, board.at)}"


def needing_html(needing: WaitingRelease, now: str) -> str:
    """Return which release waits for which infrastructure, since when, until when, and whom to ask."""
    called = release_name(needing.tag, needing.digest)
    what = with_what(called, is_configuration_only=needing.configuration_only)
    return (
        f"<strong>{what}</strong> has waited {age(needing.since, now)} for {sentence(needing.sentence)}. "
        f"Until {readable(needing.until)}."
    )


def _paused(board: Board, view: StatusView) -> Iterator[str]:
    for service, environment in _environments(board):
        for target in environment.targets:
            pause = target.moving and target.moving.progress and target.moving.progress.paused
            if pause:
                why = f": {sentence(pause.reason, _LONGEST)}" if pause.reason else ""
                resume = view.command("resume", service.service, environment.name)
                yield (
                    f"{_where(service, environment, view)}: <strong>paused</strong> by {person(pause.by)} "
                    f"{age(pause.at, board.at)} ago{why}. Until {readable(pause.until)}. {resume}"
                )


def _moving(board: Board, view: StatusView) -> Iterator[str]:
    for service, environment in _environments(board):
        for target in environment.targets:
            if target.moving:
                progress = target.moving.progress
                step = f"<small>{step_words(progress)}, {name(target.target.id)}</small>" if progress else ""
                yield f"{_where(service, environment, view)}: {moving_html(target.moving, board.at)}{step}"


def _astray(board: Board, view: StatusView) -> Iterator[str]:
    for service, environment in _environments(board):
        command = view.command("drift", service.service)
        for target in environment.targets:
            if target.drift:
                where = f"<small>{name(target.target.id)}</small>"
                yield f"{_where(service, environment, view)}: {drift_html(target.drift, board.at)} {command}{where}"
    for service in board.services:
        for each in service.drift:
            yield f"{_link(service, view)}: {copy_html(each, board.at)} {view.command('drift', service.service)}"


def drift_html(finding: DriftFinding, now: str) -> str:
    """Return how a target is not as released, since when, and what was found."""
    done = " Gantry has started a promotion that restores it." if finding.restored_by else ""
    if finding.not_restored:
        done = f" Gantry does not restore it: {sentence(finding.not_restored, _LONGEST)}."
    found = sentence(finding.sentence, _LONGEST)
    return f"<strong>{finding.state}</strong> for {age(finding.since, now)}: {found}.{done}"


def copy_html(finding: DriftFinding, now: str) -> str:
    """Return how something in Git, or the manifest in the bucket, differs, and what it is."""
    return f"{drift_html(finding, now)}<small>{name(finding.target_id)}</small>"


def _quarantined(board: Board, view: StatusView) -> Iterator[str]:
    for service in board.services:
        for each in service.quarantined:
            command = view.command("quarantine", each.service)
            yield f"{_link(service, view)}: {quarantine_html(each, board.at)} {command}"


def quarantine_html(quarantine: Quarantine, now: str) -> str:
    """Return which digest is quarantined, since when and why."""
    digest = short_digest(quarantine.digest)
    return f"<strong>{name(digest)}</strong> for {age(quarantine.since, now)}: {sentence(quarantine.reason, _LONGEST)}."


def _link(service: ServiceOnBoard, view: StatusView) -> str:
    return f'<a href="{service_address(service.service)}{view.query()}">{breakable(service.service)}</a>'


def _where(service: ServiceOnBoard, environment: EnvironmentOnBoard, view: StatusView) -> str:
    return f"{_link(service, view)} {name(environment.name)}"
