"""Look once whether the infrastructure is there that a release needs in an environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gantry.observability import logger
from gantry.promotion import durations
from gantry.promotion.deployment import StateEntry
from gantry.promotion.errors import DeploymentSupersededError, NeedsTimedOutError, NeedsUnmetError
from gantry.promotion.events import Event
from gantry.promotion.history import HistoryKind
from gantry.promotion.manifest.content import Environment
from gantry.promotion.needs.finding import NeedFinding, asked_of, owners, said, unmet_among, values_of
from gantry.promotion.needs.needs_events import infrastructure_awaited, infrastructure_found, infrastructure_message
from gantry.promotion.needs.waiting import WaitingRelease, waiting
from gantry.promotion.release import Release
from gantry.promotion.timestamps import iso
from gantry.use_cases.approvals.clock import now
from gantry.use_cases.needs.looking import look_at_needs
from gantry.use_cases.promotion_history import history_of
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.service_manifest import carried_environment, manifest_of
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class InfrastructureRequest(StateEntry):
    """A release in front of an environment that needs something."""

    release: Release
    """What the promotion brings."""
    environment: str
    """The environment's name."""
    started_at: datetime
    """When the promotion's execution was started."""
    releases: Mapping[str, Release] = field(default_factory=dict)
    """By environment, its own release of a change of configuration alone."""

    @property
    def own_release(self) -> Release:
        """What comes to this environment."""
        return self.releases.get(self.environment, self.release)


@dataclass(frozen=True, slots=True)
class FoundInfrastructure:
    """Everything is there."""

    infrastructure: Mapping[str, str]
    """What was there, by what was needed."""


def await_infrastructure(request: InfrastructureRequest, seconds: float, services: Services) -> FoundInfrastructure:
    """Return what is there once all of it is, and keep that with the release.

    Args:
        request: the release, and where it waits.
        seconds: how long all accounts and regions together are given to answer.
        services: the adapters.

    Raises:
        NeedsUnmetError: something is not there yet. The definition looks again.
        NeedsTimedOutError: it did not come in the manifest's time.
        DeploymentSupersededError: a newer release waits there as well, or went through.
        ManifestError: the release's revision of the manifest was deleted, or this version of Gantry does not take it.
        TargetAccessError: a workload account does not let the pipeline in.
        NotificationError: people could not be told that it waits.
    """
    release = request.own_release
    environment = carried_environment(request.environment, manifest_of(release, services))
    findings = look_at_needs(environment, seconds, services)
    unmet = unmet_among(findings)
    own, before = _as_waiting(request, environment, unmet), services.needs.waiting(release.service, environment.name)
    if before and own.is_older_than(before) and _is_ahead(before, services):
        message = f"{release} does not wait in {environment.name} any more: a newer release has come there"
        raise DeploymentSupersededError(f"{message}, {before.tag or before.digest}")
    if unmet:
        _wait(request, own, before, unmet, services)
    found = values_of(findings)
    services.needs.keep_found(release, environment.name, found, request.at)
    logger.info("infrastructure found", release=str(release), environment=environment.name, found=found)
    if before:
        _go_through(request, own, before, found, services)
    return FoundInfrastructure(found)


def _as_waiting(
    request: InfrastructureRequest, environment: Environment, unmet: tuple[NeedFinding, ...]
) -> WaitingRelease:
    until = iso(request.entered_at + timedelta(seconds=environment.needs_within_seconds))
    where = (request.own_release, environment.name, request.execution)
    return waiting(*where, iso(request.started_at), request.at, until, unmet)


def _is_ahead(newer: WaitingRelease, services: Services) -> bool:
    """Whether a newer release went through, or may still. One that was stopped blocks nobody."""
    return not newer.unmet or services.executions.is_running(newer.execution)


def _wait(
    request: InfrastructureRequest,
    own: WaitingRelease,
    before: WaitingRelease | None,
    unmet: tuple[NeedFinding, ...],
    services: Services,
) -> None:
    """Show that it waits, and tell people once. Tell them before that is noted: a crash may tell them twice.

    Raises:
        NeedsUnmetError, NeedsTimedOutError: always one of them.
    """
    release, where = request.own_release, own.environment
    if before is None or before.execution != own.execution:
        event = infrastructure_awaited(release, own, unmet)
        _record(event, HistoryKind.INFRASTRUCTURE_AWAITED, request, services)
        publish_best_effort(services, event)
        services.topic.publish(infrastructure_message(release, own))
    if before != own:
        services.needs.replace(own, before)
    missing = f"{said(unmet)}{asked_of(owners(unmet))}"
    if now() < own.until:
        raise NeedsUnmetError(f"{release} waits in {where} until {own.until} for {missing}")
    services.needs.remove(own)
    waited = durations.text(round((datetime.fromisoformat(own.until) - request.entered_at).total_seconds()))
    raise NeedsTimedOutError(
        f"{release} has waited in {where} for {waited}, and this is not there: {missing}. Once it is, redrive the "
        "promotion, or promote the release again"
    )


def _go_through(
    request: InfrastructureRequest,
    own: WaitingRelease,
    before: WaitingRelease,
    found: Mapping[str, str],
    services: Services,
) -> None:
    """Take the place of whoever waited, so that an older release does not wait there any more."""
    if before.execution == own.execution and before.unmet:
        event = infrastructure_found(request.own_release, own, found)
        _record(event, HistoryKind.INFRASTRUCTURE_FOUND, request, services)
        publish_best_effort(services, event)
    services.needs.replace(own, before)


def _record(event: Event, kind: HistoryKind, request: InfrastructureRequest, services: Services) -> None:
    services.ledger.record(replace(history_of(event, kind, request), environment=request.environment))
