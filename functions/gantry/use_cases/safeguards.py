"""Notify people when a release comes with a manifest that protects an environment less than before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.mail import KIND_TAG
from gantry.observability import logger
from gantry.promotion.approval_mail import safeguards_mail
from gantry.promotion.approver import has_mail
from gantry.promotion.deployment import StateEntry
from gantry.promotion.errors import MailError, ManifestError
from gantry.promotion.events import safeguards_weakened
from gantry.promotion.history import HistoryKind
from gantry.promotion.manifest.content import Environment, Manifest
from gantry.promotion.messages import safeguards_message
from gantry.promotion.policy.safeguards import UNREADABLE, Protection, weakened
from gantry.promotion.release import Release
from gantry.use_cases.promotion_history import history_of
from gantry.use_cases.service_manifest import manifest_at
from gantry.use_cases.services import Services

_MOST_MAILS = 40
"""SES may take only one mail a second, and the state has a time limit. The topic has everything."""


@dataclass(frozen=True, slots=True)
class _Weakened:
    """What is protected less than before."""

    sentences: tuple[str, ...]
    approvers: tuple[str, ...]
    """Who had to approve before."""


def notify_of_weaker_safeguards(
    release: Release, manifest: Manifest, environments: Sequence[Environment], entry: StateEntry, services: Services
) -> None:
    """Compare with the manifest revisions that are live, and notify the topic and those who had to approve before.

    Raises:
        NotificationError: the event or the message could not be sent.
    """
    found = list(_weaker(release, manifest, environments, services))
    if not found:
        return
    sentences = [sentence for each in found for sentence in each.sentences]
    event = safeguards_weakened(release, sentences, entry.execution)
    services.ledger.record(history_of(event, HistoryKind.SAFEGUARDS_WEAKENED, entry))
    logger.info("safeguards weakened", facts=event.detail)
    services.events.publish(event)
    services.topic.publish(safeguards_message(release, sentences, entry.execution))
    people = dict.fromkeys(person for each in found for person in each.approvers if has_mail(person))
    _write_to(list(people)[:_MOST_MAILS], release, sentences, entry.execution, services)


def _weaker(
    release: Release, manifest: Manifest, environments: Sequence[Environment], services: Services
) -> Iterator[_Weakened]:
    """Compare target by target: a manifest can call an environment otherwise, or move a target into another one."""
    promoted = {each.name for each in environments}
    manifests: dict[str, Manifest | None] = {}
    compared: set[tuple[str, str, str]] = set()
    for live in services.ledger.live(release.service):
        revision, after = live.current.manifest_revision, Protection.of_target(manifest, live.target.id)
        if not revision or revision == release.manifest_revision:
            continue
        if after is None or after.environment.name not in promoted:
            continue
        if (pair := (revision, live.environment, after.environment.name)) not in compared:
            compared.add(pair)
            if revision not in manifests:
                manifests[revision] = _read(release.service, revision, services)
            yield from _compared(manifests[revision], live.environment, after)


def _read(service: str, revision: str, services: Services) -> Manifest | None:
    """Return an older manifest; None when it is gone, or when it does not meet today's rules."""
    try:
        return manifest_at(service, revision, services)
    except ManifestError:
        logger.warning("an older manifest cannot be read", service=service, manifest_revision=revision)
        return None


def _compared(manifest: Manifest | None, name: str, after: Protection) -> Iterator[_Weakened]:
    if manifest is None:
        yield _Weakened((f"{after.environment.name}: {UNREADABLE}",), ())
        return
    before = Protection.in_environment(manifest, name)
    if before and (sentences := tuple(weakened(before, after))):
        yield _Weakened(sentences, _approvers(before.environment))


def _approvers(environment: Environment) -> tuple[str, ...]:
    return environment.approval.approvers if environment.approval else ()


def _write_to(
    people: Sequence[str], release: Release, sentences: Sequence[str], execution: str, services: Services
) -> None:
    """Write to people. Who cannot be reached is only logged: the topic was notified."""
    mail = safeguards_mail(release, sentences, execution)
    for person in people:
        try:
            services.mail.send(person, mail.subject, mail.text, mail.html, {KIND_TAG: "notice"})
        except (MailError, BotoCoreError, ClientError):
            logger.exception("notice of weaker safeguards not delivered")
