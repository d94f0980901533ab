"""From the policy file's text to its content, or to everything that is wrong with it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gantry.promotion.errors import ManifestError, PolicyError
from gantry.promotion.manifest.document import as_mapping, list_at, repeated
from gantry.promotion.manifest.located_problems import OF_POLICY, located
from gantry.promotion.manifest.messages import quoted, suggestion
from gantry.promotion.manifest.problem import Location, Problem
from gantry.promotion.manifest.shape import shape_problems
from gantry.promotion.manifest.yaml_text import read
from gantry.promotion.policy.content import Binding, Floor, Policy
from gantry.promotion.policy.model import BindingKeys, FloorKeys, PolicyKeys


def parse_policy(text: str, revision: str | None, kinds: Collection[str], default_kind: str) -> Policy:
    """Return the policy in a text.

    Args:
        text: the YAML.
        revision: the S3 version id of the file.
        kinds: the names of the known kinds of target.
        default_kind: the kind of a binding that gives none.

    Raises:
        PolicyError: one line for every problem.
    """
    try:
        document: Any = read(text, wanted="bindings, floors or unverified_starts")
    except ManifestError as error:
        raise PolicyError(_wrong(str(error))) from error
    found = [*shape_problems(PolicyKeys, document), *_rule_problems(document, kinds)]
    if problems := located(found, text, document, OF_POLICY):
        raise PolicyError(_wrong("\n".join(map(str, problems))), problems)
    keys = PolicyKeys.model_validate(document)
    bindings = None if keys.bindings is None else tuple(_binding(each, default_kind) for each in keys.bindings)
    floors = tuple(map(_floor, keys.floors))
    return Policy(revision, bindings, floors, allows_unverified_starts=keys.unverified_starts == "allowed")


def _wrong(problems: str) -> str:
    lines = [
        f"policy{each.removeprefix('manifest')}" if each.startswith("manifest:") else each
        for each in problems.splitlines()
    ]
    return "\n".join(["the policy file is wrong, so nothing is promoted until an administrator corrects it:", *lines])


def _rule_problems(document: object, kinds: Collection[str]) -> Iterator[Problem]:
    top = as_mapping(document)
    yield from _empty_keys((), top)
    names: list[tuple[Location, Any]] = []
    for key in ("bindings", "floors"):
        for index, each in enumerate(list_at(top, key)):
            rule = as_mapping(each)
            names.append(((key, index, "rule"), rule.get("rule")))
            yield from _empty_keys((key, index), rule)
            kind = rule.get("kind")
            if key == "bindings" and isinstance(kind, str) and kind not in kinds:
                message = f"{quoted(kind)} is not a known kind of target; {suggestion(kind, sorted(kinds))}"
                yield Problem((key, index, "kind"), message)
            if key == "floors" and not rule.get("environments") and not rule.get("accounts"):
                yield Problem((key, index), "it holds nowhere; give environments or accounts")
    yield from repeated(names, "the rule")


def _empty_keys(location: Location, keys: Mapping[Any, Any]) -> Iterator[Problem]:
    """Yield optional keys without a value: an empty list that was meant for nobody must not mean everybody."""
    for key in ("bindings", "kind", "allowed_approvers", "minimum_bake"):
        if key in keys and keys[key] is None:
            yield Problem((*location, key), "nothing is given; give a value, or leave the key out")


def _binding(keys: BindingKeys, default_kind: str) -> Binding:
    return Binding(
        rule=keys.rule,
        services=tuple(keys.services),
        kind=keys.kind or default_kind,
        accounts=tuple(keys.accounts),
        regions=tuple(keys.regions),
        targets=tuple(keys.targets),
        roles=tuple(keys.roles),
        takes_over_from=tuple(keys.takes_over_from),
    )


def _floor(keys: FloorKeys) -> Floor:
    return Floor(
        rule=keys.rule,
        environments=tuple(keys.environments),
        accounts=tuple(keys.accounts),
        services=tuple(keys.services),
        minimum_quorum=keys.minimum_quorum,
        allowed_approvers=None if keys.allowed_approvers is None else tuple(keys.allowed_approvers),
        self_approval=keys.self_approval,
        minimum_bake_seconds=keys.minimum_bake or 0,
        requires_alarms=keys.requires_alarms,
        requires_judge=keys.requires_judge,
        most_targets_at_once=keys.most_targets_at_once,
        may_skip_environments=keys.may_skip_environments,
        may_restore_drift=keys.may_restore_drift,
    )
