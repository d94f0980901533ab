"""Look once whether the infrastructure is there that a release needs in an environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gantry.observability import logger
from gantry.promotion import durations
from gantry.promotion.deployment import StateEntry
from gantry.promotion.errors import NotificationError
from gantry.promotion.events import Event
from gantry.promotion.history import HistoryKind
from gantry.promotion.manifest.content import Environment
from gantry.promotion.needs.errors import NeedsTimedOutError, NeedsUnmetError
from gantry.promotion.needs.finding import NeedFinding, asked_of, owners, said, unmet_among, values_of
from gantry.promotion.needs.needs_events import infrastructure_awaited, infrastructure_found, infrastructure_message
from gantry.promotion.needs.waiting import WaitingRelease, waiting
from gantry.promotion.release import Release
from gantry.promotion.timestamps import iso
from gantry.use_cases.approvals.clock import now
from gantry.use_cases.needs.looking import look_at_needs
from gantry.use_cases.needs.overtaken import require_first, require_may_come
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
        QuarantinedError: the digest was rolled back while the release waited.
        DeploymentSupersededError: a newer release waits there as well, went through, is at the gate or is live.
        ManifestError: the release's revision of the manifest was deleted, or this version of Gantry does not take it.
        TargetAccessError: a workload account does not let the pipeline in.
    """
    release = request.own_release
    environment = carried_environment(request.environment, manifest_of(release, services))
    require_may_come(release, _as_waiting(request, environment, ()), environment, services)
    findings = look_at_needs(environment, seconds, services)
    unmet = unmet_among(findings)
    own = _as_waiting(request, environment, unmet)
    if unmet:
        _wait(request, own, unmet, services)
    found = values_of(findings)
    services.needs.keep_found(release, environment.name, found, request.at)
    logger.info("infrastructure found", release=str(release), environment=environment.name, found=found)
    _take_place(request, own, services, lambda was_told: was_told and _report_found(request, own, found, services))
    return FoundInfrastructure(found)


def _as_waiting(
    request: InfrastructureRequest, environment: Environment, unmet: tuple[NeedFinding, ...]
) -> WaitingRelease:
    until = iso(request.entered_at + timedelta(seconds=environment.needs_within_seconds))
    where = (request.own_release, environment.name, request.execution)
    return waiting(*where, iso(request.started_at), request.at, until, unmet)


def _wait(
    request: InfrastructureRequest, own: WaitingRelease, unmet: tuple[NeedFinding, ...], services: Services
) -> None:
    """Show that it waits, and tell people once.

    Raises:
        NeedsUnmetError, NeedsTimedOutError, DeploymentSupersededError: always one of them.
    """
    release, where = request.own_release, own.environment
    _take_place(request, own, services, lambda was_told: was_told or _tell(request, own, unmet, services))
    missing = f"{said(unmet)}{asked_of(owners(unmet))}"
    if now() < own.until:
        raise NeedsUnmetError(f"{release} waits in {where} until {own.until} for {missing}")
    services.needs.remove(own)
    waited = durations.text(round((datetime.fromisoformat(own.until) - request.entered_at).total_seconds()))
    raise NeedsTimedOutError(
        f"{release} has waited in {where} for {waited}, and this is not there: {missing}. Once it is, redrive the "
        "promotion, or promote the release again"
    )


def _take_place(
    request: InfrastructureRequest, own: WaitingRelease, services: Services, report: Callable[[bool], bool]
) -> None:
    """Take the place of whoever waited there, so that an older release does not wait there any more.

    Report before that is noted: a crash in between may tell people twice, but never loses it.

    Args:
        request: the release, and where it waits.
        own: it as it is to be shown.
        services: the adapters.
        report: gets whether people have read that it waits, and returns whether that is to be remembered.

    Raises:
        DeploymentSupersededError: a newer release is ahead.
    """
    is_told: bool | None = None
    while True:
        before, earlier = services.needs.waiting_and_told(own.service, own.environment)
        require_first(request.own_release, own, before, services)
        if is_told is None:
            is_told = report(own.execution in earlier)
        told = own.told_among(earlier, own=is_told)
        if (own, told) == (before, earlier) or services.needs.replace(own, before, told):
            return


def _tell(
    request: InfrastructureRequest, own: WaitingRelease, unmet: tuple[NeedFinding, ...], services: Services
) -> bool:
    """Tell people what it waits for. If SNS does not take that, return False: the next look tries again."""
    event = infrastructure_awaited(request.own_release, own, unmet)
    _record(event, HistoryKind.INFRASTRUCTURE_AWAITED, request, services)
    try:
        services.topic.publish(infrastructure_message(request.own_release, own))
    except NotificationError:
        logger.exception("people not notified", environment=own.environment, release=str(request.own_release))
        return False
    publish_best_effort(services, event)
    return True


def _report_found(
    request: InfrastructureRequest, own: WaitingRelease, found: Mapping[str, str], services: Services
) -> bool:
    """Say that it goes on. A retry need not say that again."""
    event = infrastructure_found(request.own_release, own, found)
    _record(event, HistoryKind.INFRASTRUCTURE_FOUND, request, services)
    publish_best_effort(services, event)
    return False


def _record(event: Event, kind: HistoryKind, request: InfrastructureRequest, services: Services) -> None:
    services.ledger.record(replace(history_of(event, kind, request), environment=request.environment))
