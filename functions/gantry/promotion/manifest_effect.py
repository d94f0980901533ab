"""What a changed manifest changes in each environment, compared with another revision of it."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from gantry.promotion.difference import Change, changes
from gantry.promotion.manifest.content import ApprovalPolicy, Manifest
from gantry.promotion.policy.safeguards import Protection, weakened

Rows = Mapping[str, str]
"""What people read of an environment, by name."""
State = Literal["new", "changed", "unchanged", "removed"]


@dataclass(frozen=True, slots=True)
class AskedPeople:
    """Who is asked before a release goes to an environment."""

    approvers: tuple[str, ...]
    quorum: int
    """How many of them have to approve."""
    expires_after_seconds: int
    self_approval: bool
    """Whether whoever pushed or started a release may approve it."""

    @classmethod
    def of(cls, policy: ApprovalPolicy | None) -> "AskedPeople | None":
        """Return who is asked; None where nobody is."""
        if policy is None:
            return None
        return cls(policy.approvers, policy.quorum, policy.expires_after_seconds, policy.self_approval)


@dataclass(frozen=True, slots=True)
class EnvironmentEffect:
    """What the next promotion to an environment does otherwise than before."""

    name: str
    state: State
    changes: tuple[Change, ...]
    """Settings, targets, and how a release is carried there. What looks like a secret is masked."""
    asks: AskedPeople | None
    """Who is asked from now on; null where nobody is."""
    weaker: tuple[str, ...]
    """Each change that protects the service less than before. People are notified when it is promoted."""
    unmet: tuple[str, ...]
    """The rules of the policy file that would stop a promotion; empty where it meets all."""
    is_configuration_changed: bool = False
    """Whether `manifest sync --promote` would bring a configuration there, if what it is compared with is live."""


@dataclass(frozen=True, slots=True)
class ManifestEffect:
    """What a changed manifest changes."""

    service: str
    compared_with: str | None
    """The revision that it is compared with, or the commit; null where there is none, so that all is new."""
    is_policy_known: bool
    """Whether it was held to the policy file. Without one, only names bind services to targets."""
    environments: tuple[EnvironmentEffect, ...]

    @property
    def is_change(self) -> bool:
        """Whether anything is otherwise than before."""
        return any(each.state != "unchanged" for each in self.environments)

    @property
    def is_stopped(self) -> bool:
        """Whether a rule would stop a promotion."""
        return any(each.unmet for each in self.environments)


def environment_effects(
    before: Manifest | None,
    after: Manifest,
    rows: Mapping[str, tuple[Rows, Rows]],
    unmet: Mapping[str, Sequence[str]],
    reconfigured: AbstractSet[str] = frozenset(),
) -> Iterator[EnvironmentEffect]:
    """Yield the effect on each environment of the new manifest, in its order, then those that it has no longer.

    Args:
        before: the other revision; None where there is none.
        after: the changed manifest.
        rows: by environment, what people read of it before and after; empty where there is no such environment.
        unmet: by environment, the rules that it does not meet.
        reconfigured: the environments whose targets get another configuration.
    """
    for now in Protection.all(after):
        environment = now.environment
        was = Protection.in_environment(before, environment.name) if before else None
        found = tuple(each.for_people() for each in changes(*rows[environment.name]))
        state: State = "new" if was is None else "changed" if found else "unchanged"
        weaker = tuple(weakened(was, now)) if was else ()
        asks = AskedPeople.of(environment.approval)
        not_met, is_reconfigured = tuple(unmet.get(environment.name, ())), environment.name in reconfigured
        yield EnvironmentEffect(environment.name, state, found, asks, weaker, not_met, is_reconfigured)
    names = {each.name for each in after.environments}
    for each in before.environments if before else ():
        if each.name not in names:
            yield EnvironmentEffect(each.name, "removed", (), None, (), ())
