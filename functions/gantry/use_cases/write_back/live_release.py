"""What is live in an environment, and what the history knows of how it came there."""

from collections.abc import Iterable, Sequence

from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live import Live
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.source import Source
from gantry.promotion.write_back.live_facts import went_back
from gantry.promotion.write_back.message import WrittenRelease
from gantry.use_cases.services import Services

_HISTORY = 100
"""The newest entries of what people were asked, among which the approval is looked for."""


def on_its_targets(manifest: Manifest, environment: str, lives: Iterable[Live]) -> list[Live]:
    """Return those that are live on an environment's targets. Of what the manifest has no more, Git need not know."""
    environments = [each for each in manifest.environments if each.name == environment]
    targets = {target.id for each in environments for target in each.targets}
    return [each for each in lives if each.environment == environment and each.target_id in targets]


def lives_of(manifest: Manifest, environment: str, services: Services) -> list[Live]:
    """Return what the ledger says of them now."""
    return on_its_targets(manifest, environment, services.ledger.live(manifest.service, environment))


def release_of(live: Live, services: Services, execution: str | None, before: Source | None = None) -> WrittenRelease:
    """Return what there is to say about a release that is live.

    Args:
        live: what the ledger knows of it.
        services: the adapters.
        execution: the execution that made it live; None where nobody knows it.
        before: where what was live before comes from, if an event says so; otherwise what the ledger says.
    """
    current = live.current
    known = live.lineage[0].source if live.lineage else None
    return WrittenRelease(
        service=live.service,
        environment=live.environment,
        digest=current.digest,
        tag=current.tag,
        approvers=_approvers(services.board_reading.of_people(live.service, _HISTORY), live),
        execution=execution,
        went_back=went_back(live),
        source=current.source,
        before=before or known,
    )


def _approvers(history: Sequence[HistoryEntry], live: Live) -> list[str]:
    """Return who approved the release there, the last time that people were asked about it."""
    for entry in history:
        facts = entry.facts
        if entry.kind is not HistoryKind.APPROVAL_DECIDED or facts.get("decision") != "approved":
            continue
        if (entry.environment, facts.get("digest")) == (live.environment, live.current.digest):
            answers = facts.get("answers", ())
            return list(dict.fromkeys(str(each["approver"]) for each in answers if each["decision"] == "approved"))
    return []
