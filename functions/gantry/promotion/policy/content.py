"""What the administrators' policy file says."""

from collections.abc import Iterable
from dataclasses import dataclass


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name is one of these, or begins like one of these that end with `*`."""
    return any(name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Binding:
    """Which targets some services may deploy to. `names` and the like are names, or their beginnings and a `*`."""

    rule: str
    """The rule's name, for messages."""
    services: tuple[str, ...]
    kind: str
    """Only targets of this kind. A binding never covers a kind that came after it was written."""
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    targets: tuple[str, ...]
    """The targets' names, as far as their owner chooses them."""
    roles: tuple[str, ...]
    """The roles that a manifest may give, with their path. Empty means that it may give none."""
    takes_over_from: tuple[str, ...]
    """The services whose live targets these services may replace."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that protects some environments, whatever their manifests say."""

    rule: str
    """The rule's name, for messages."""
    environments: tuple[str, ...]
    """Names of environments, or their beginnings and a `*`. It also holds where a target is in one of `accounts`."""
    accounts: tuple[str, ...]
    services: tuple[str, ...]
    """Whose environments; patterns like those of a binding."""
    minimum_quorum: int
    """How many people have to approve; 0 asks for no approval."""
    allowed_approvers: tuple[str, ...] | None
    """Mail addresses, `*@` and a domain, and ARNs; None allows everybody."""
    self_approval: bool
    """Whether a manifest may let people approve their own release."""
    minimum_bake_seconds: int
    """How long the canary has to be watched, all steps together; 0 asks for no canary."""
    requires_alarms: bool
    requires_judge: bool
    """Whether evidence has to decide, and not alarms alone."""
    most_targets_at_once: int
    """How many targets one wave may have."""
    may_skip_environments: bool
    """Whether a promotion may reach the environment without the environments before it in the manifest."""
    may_restore_drift: bool = True
    """Whether Gantry may restore there by itself what others have changed."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy file, or what holds without one."""

    revision: str | None = None
    """The S3 version id of the file; None where there is none."""
    bindings: tuple[Binding, ...] | None = None
    """None: each service has only the targets that are called as it is."""
    floors: tuple[Floor, ...] = ()
    allows_unverified_starts: bool = True
    """Whether people may start the promotion machine itself, where nothing proves who they are."""
