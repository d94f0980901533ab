"""Lifecycle rules that would delete or archive what a target needs.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gantry.targets.s3_object.stored_object import ARCHIVES


def harmful_rules(rules: Iterable[Mapping[str, Any]], keys: Iterable[str], way_back: str | None) -> Iterator[str]:
    """Yield what rules would do, in words.

    Args:
        rules: the bucket's.
        keys: the live key, and the folders of Gantry's copies.
        way_back: the live key, where only an older version of it is the way back; None otherwise.
    """
    wanted = list(keys)
    for rule in rules:
        if rule["Status"] != "Enabled" or _needs_a_tag(rule):
            continue
        name, prefix = rule.get("ID", "without a name"), _prefix(rule)
        for key in (each for each in wanted if _concerns(prefix, each)):
            if {"Days", "Date"} & rule.get("Expiration", {}).keys():
                yield f"the rule {name} deletes {key} after a time"
            if _archives(rule.get("Transitions", [])):
                yield f"the rule {name} archives {key} after a time"
        if way_back and way_back.startswith(prefix):
            yield from (f"the rule {name} {each}" for each in _harms_of_older_versions(rule, way_back))


def _concerns(prefix: str, wanted: str) -> bool:
    """Whether a rule for a prefix reaches a key, or anything in a folder."""
    return wanted.startswith(prefix) or (wanted.endswith("/") and prefix.startswith(wanted))


def _harms_of_older_versions(rule: Mapping[str, Any], key: str) -> Iterator[str]:
    if "NoncurrentVersionExpiration" in rule:
        yield f"deletes older versions of {key}, and Gantry has no copy of the live one"
    if _archives(rule.get("NoncurrentVersionTransitions", [])):
        yield f"archives older versions of {key}, and Gantry has no copy of the live one"


def _archives(transitions: Iterable[Mapping[str, Any]]) -> bool:
    return any(each.get("StorageClass") in ARCHIVES for each in transitions)


def _prefix(rule: Mapping[str, Any]) -> str:
    chosen = rule.get("Filter", {})
    prefix: str = rule.get("Prefix") or chosen.get("Prefix") or chosen.get("And", {}).get("Prefix") or ""
    return prefix


def _needs_a_tag(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is for tagged objects. Gantry's have no tags."""
    chosen = rule.get("Filter", {})
    return "Tag" in chosen or bool(chosen.get("And", {}).get("Tags"))
