"""What a promotion would do: to which targets, by which steps, who would be asked, and when it would end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gantry.promotion.board.release_links import ReleaseLinks
from gantry.promotion.difference import Change
from gantry.promotion.preview.estimate import Estimate
from gantry.promotion.preview.rules import Rule

Outcome = Literal["goes_through", "waits_for_infrastructure", "waits_for_people", "stopped"]
"""`stopped`: a rule is not met, so the promotion would fail there, or a target would."""
Chosen = Literal["named", "environment_before", "newest_promotion", "live"]


@dataclass(frozen=True, slots=True)
class PreviewedRelease:
    """What would be promoted."""

    tag: str | None
    digest: str
    tags: tuple[str, ...]
    """The first of the artifact's tags."""
    pushed_by: str | None
    """As the artifact's label says."""
    manifest_revision: str
    """The newest revision of the manifest, which a promotion takes."""
    chosen: Chosen
    """Who has chosen it: the caller, or else what is live in the environment before, or was promoted last.

    `live`: only the configuration changes, and each environment keeps what is live there.
    """
    links: ReleaseLinks = field(default_factory=ReleaseLinks)
    """To where it comes from; what it changes is said of each target."""


@dataclass(frozen=True, slots=True)
class LiveThere:
    """What the ledger calls live on a target."""

    version: str
    tag: str | None
    digest: str
    since: str
    """ISO 8601, UTC."""
    compare: str | None = None
    """The address of what lies between it and the release; None where that is not known."""


@dataclass(frozen=True, slots=True)
class PreviewedStep:
    """A share of the traffic, and how long it is watched at least."""

    weight: int
    """In per cent; 100 is the end."""
    bake_seconds: int


@dataclass(frozen=True, slots=True)
class TargetPreview:
    """What would happen to one target."""

    id: str
    kind: str
    live: LiveThere | None
    """None where Gantry has released nothing."""
    is_first: bool
    """Whether nothing takes traffic there yet, so that the release gets all of it at once."""
    routing: str | None
    """Where its traffic goes now, as the target itself says; None where there is none, or it could not be asked."""
    artifact: str
    """What happens to the artifact, in words."""
    is_same_artifact: bool
    is_configuration_known: bool
    """Whether the configuration of what is live is on record. Otherwise all that the release sets is a change."""
    changes: tuple[Change, ...]
    """Each setting that gets another value, as people may see it: secrets are masked."""
    content: tuple[tuple[str, str], ...]
    """What changes inside an artifact that is an object, as rows."""
    left_in_draft: tuple[Change, ...]
    """Changes that somebody has made in the draft manually. The release leaves them there."""
    steps: tuple[PreviewedStep, ...]
    """How the traffic would move; empty if nothing would."""
    waits_for: tuple[str, ...]
    """What comes before it there, in sentences: another deployment or a rollback."""
    requests_per_second: float | None
    """Last week's; None where nothing is judged, and when it is not known."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who would be asked."""

    approvers: tuple[str, ...]
    quorum: int
    may_not_approve: tuple[str, ...]
    """Those of them who pushed the artifact or ask for this preview, where they may not approve their own."""
    escalate_to: tuple[str, ...]
    escalate_after_seconds: int | None
    expires_after_seconds: int
    confirm: str | None
    """What has to be typed on the page; None for nothing."""
    replaces: tuple[str, ...]
    """The ids of open approvals there, which a newer release ends."""


@dataclass(frozen=True, slots=True)
class PreviewedNeed:
    """Something that has to be there before the release may come."""

    need: str
    """What, in words."""
    place: str
    """`<account>/<region>`."""
    is_met: bool
    found: str | None
    """Its value now; None where there is none."""
    reason: str | None
    """Why it is not met; None where it is."""
    owner: str | None
    """Whom to ask; None where the manifest does not say."""


@dataclass(frozen=True, slots=True)
class EnvironmentPreview:
    """What would happen in one environment."""

    name: str
    outcome: Outcome
    targets: tuple[TargetPreview, ...]
    waves: tuple[tuple[str, ...], ...]
    """The targets' ids, wave by wave."""
    carried: Mapping[str, str]
    """How a release is carried there, in rows for people."""
    asks: Asked | None
    """None where nobody is asked."""
    rules: tuple[Rule, ...]
    firing: tuple[str, ...]
    """The alarms that fire now, each with its account and region. They stop nothing: the release may be the fix."""
    elsewhere: tuple[str, ...]
    """The other regions that the artifact has to reach first."""
    forecast: str | None
    """How long a verdict on a canary takes, by last week's traffic; None where nothing is judged."""
    estimate: Estimate
    begins_at: str | None
    """When it would begin, or people would be asked; None after others that end nobody knows when. ISO 8601, UTC."""
    ends_at: str | None
    """When it would end usually; None if people, infrastructure or another deployment come first, or it is stopped."""
    needs: tuple[PreviewedNeed, ...] = ()
    """What it needs first, and whether that is there."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a promotion would do if it began now."""

    service: str
    at: str
    """When it was looked at; ISO 8601, UTC."""
    release: PreviewedRelease | None
    """None where no configuration would change. If only that changes, it is what the last environment keeps."""
    outcome: Outcome
    environments: tuple[EnvironmentPreview, ...]
    """In the order of the manifest."""
    policy_revision: str | None
    """Of the policy file; None where there is none."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """By environment, why its configuration stays; empty where an artifact is promoted."""


def outcome_of(environments: Sequence[EnvironmentPreview]) -> Outcome:
    """Return what comes of several together: being stopped counts most, then waiting.

    People are asked as well where the infrastructure is awaited first.
    """
    outcomes = {each.outcome for each in environments}
    if any(each.asks and each.outcome == "waits_for_infrastructure" for each in environments):
        outcomes.add("waits_for_people")
    order: tuple[Outcome, ...] = ("stopped", "waits_for_people", "waits_for_infrastructure", "goes_through")
    return next(each for each in order if each in outcomes or each == order[-1])
