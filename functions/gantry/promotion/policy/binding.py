"""Whether a service may deploy to a target: by the policy file's bindings, or else by the service's own name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gantry.promotion.policy.content import Binding, Policy, matches
from gantry.promotion.service_name import without_own_extension
from gantry.promotion.target import Target

_ASK = "Correct the manifest, or ask an administrator of the pipeline for a binding in the policy file"


@dataclass(frozen=True, slots=True)
class BoundNames:
    """What a binding says of a target, as the target's kind takes it apart."""

    name: str | None
    """The name that its owner has chosen for it; None where the service makes up an id."""
    roles: tuple[str, ...] = ()
    """The roles that the manifest gives it, with their path and without a slash before it."""
    folders: tuple[str, ...] = ()
    """Where else the service writes for it, named as targets are, with a slash at the end. A binding that names the
    target counts only if its `targets` cover them too.
    """
    bound_as: str | None = None
    """What the `targets` of a binding name, where that is more than the name: also what the target lies in."""

    def in_bindings(self, target: Target) -> tuple[str, ...]:
        """Return what the `targets` of a binding must cover."""
        return (self.bound_as or self.name or target.name, *self.folders)


def unbound_reason(
    policy: Policy, service: str, target: Target, names: BoundNames, namesakes: Sequence[str]
) -> str | None:
    """Return why a service may not deploy to a target; None when it may.

    Args:
        policy: what the administrators allow.
        service: its name.
        target: where its release should go.
        names: the parts of the target that a binding names.
        namesakes: the other services with the same own name.
    """
    if policy.bindings is None:
        return _not_its_own(service, target, names, namesakes)
    theirs = [each for each in policy.bindings if matches(service, each.services)]
    named = [each for each in theirs if _names(each, target, names)]
    if not named:
        places = " and ".join((target.id, *names.folders))
        return f"no binding of the policy file lets {service} deploy to {places}; {_rules(theirs, service)}. {_ASK}"
    refused = [role for role in names.roles if not any(matches(role, each.roles) for each in named)]
    if refused:
        return (
            f"the policy file lets {service} deploy to {target.id}, but not with the role {refused[0]} "
            f"({_rules(named, service)}). {_ASK}"
        )
    return None


def may_take_over(policy: Policy, service: str, target: Target, names: BoundNames, owner: str) -> bool:
    """Whether a binding that names the target lets a service replace what is live there for another one."""
    return any(
        matches(service, each.services) and matches(owner, each.takes_over_from) and _names(each, target, names)
        for each in policy.bindings or ()
    )


def own_name(service: str) -> str:
    """Return what a service's targets are called: `cowsay` for `team/cowsay`, and for `s3/acme/cowsay.zip` too.

    Functions have no extensions, and keys nearly always do.
    """
    return _last_part(without_own_extension(service))


def _last_part(name: str) -> str:
    return name.rpartition("/")[2]


def _names(binding: Binding, target: Target, names: BoundNames) -> bool:
    return (
        binding.kind == target.kind
        and target.account in binding.accounts
        and matches(target.region, binding.regions)
        and all(matches(each, binding.targets) for each in names.in_bindings(target))
    )


def _not_its_own(service: str, target: Target, names: BoundNames, namesakes: Sequence[str]) -> str | None:
    own = own_name(service)
    if names.name is None:
        return f"{target.id} has an id that nobody chose, so only a binding says whose it is. {_ASK}"
    if names.name != own:
        return f"without bindings, {service} may only deploy to what is called {own}, not to {target.id}. {_ASK}"
    if namesakes:
        others = " and ".join(sorted(namesakes))
        return f"{service} and {others} are both called {own}, so only bindings can say whose {target.id} is. {_ASK}"
    foreign = next((role for role in names.roles if _last_part(role) != own), None)
    if foreign:
        return f"without bindings, {service} may only use a role that is called {own}, not {foreign}. {_ASK}"
    return None


def _rules(bindings: Iterable[Binding], service: str) -> str:
    rules = ", ".join(each.rule for each in bindings)
    return f"its rules for this service: {rules}" if rules else f"no rule names the service {service}"
