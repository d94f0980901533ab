"""What changed manifests change, for people: in a terminal, and as a comment on a pull request."""

import re
from collections.abc import Iterator, Sequence

from gantry.command_line.results.checked import CheckedManifest
from gantry.promotion.manifest_effect import EnvironmentEffect, ManifestEffect
from gantry.promotion.preview.estimate import in_words
from gantry.promotion.visible_text import visible

_NO_MARKUP = re.compile(r"[^A-Za-z0-9 ]", re.ASCII)
_NOTHING = "-"
_UNKNOWN_POLICY = "The policy file was not looked at."


def effect_lines(effect: ManifestEffect) -> Iterator[str]:
    """Yield lines for a terminal."""
    yield f"  compared with {effect.compared_with or 'nothing: the service is new'}"
    for each in effect.environments:
        yield f"  {each.name}: {each.state}"
        for change in each.changes:
            yield f"    {change.key}: {_shown(change.before)} → {_shown(change.after)}"
        yield from (f"    {line}" for line in _facts(each, effect))


def as_markdown(checked: Sequence[CheckedManifest]) -> str:
    """Return a comment. Manifests are strangers' text, so nothing of them is markup, a mention or a link."""
    return "\n".join(line for each in checked for line in _of_file(each))


def _of_file(checked: CheckedManifest) -> Iterator[str]:
    yield f"### {_code(checked.service or checked.path)}"
    yield ""
    yield from (f"- ❌ {_code(each.after(checked.path))}" for each in checked.found)
    yield from (f"- ⚠️ {_code(each.after(checked.path))}" for each in checked.warnings)
    if checked.effect is None:
        yield from () if checked.problems else ("It is a valid manifest.",)
    else:
        yield from _of_effect(checked.effect)
    yield ""


def _of_effect(effect: ManifestEffect) -> Iterator[str]:
    if not effect.is_change:
        yield "Nothing changes in any environment."
    for each in effect.environments:
        if each.state == "unchanged" and not each.unmet:
            continue
        yield f"**{_code(each.name)}**: {each.state}"
        yield ""
        if each.changes and each.state != "new":
            yield from ("| what | before | after |", "|---|---|---|")
            yield from (
                f"| {_code(change.key)} | {_cell(change.before)} | {_cell(change.after)} |" for change in each.changes
            )
            yield ""
        yield from (f"- {_code(line)}" for line in _facts(each, effect))
        yield ""


def _facts(environment: EnvironmentEffect, effect: ManifestEffect) -> Iterator[str]:
    """Yield who is asked, what is weaker, and which rules it does not meet."""
    if environment.state == "removed":
        yield "Nothing is promoted there any more. What is live stays."
        return
    if environment.is_configuration_changed:
        yield "its configuration changes: sync --promote brings it to what is live"
    elif environment.state == "changed":
        yield "its configuration stays: sync --promote starts nothing there"
    asked = environment.asks
    if asked:
        within = in_words(asked.expires_after_seconds)
        yield f"asks {', '.join(asked.approvers)}: {asked.quorum} must approve within {within}"
    else:
        yield "asks nobody"
    yield from (f"weaker: {each}" for each in environment.weaker)
    yield from (f"not met: {each}" for each in environment.unmet)
    if not effect.is_policy_known:
        yield _UNKNOWN_POLICY
    elif not environment.unmet:
        yield "meets the policy file"


def _shown(value: str | None) -> str:
    return _NOTHING if value is None else visible(value)


def _cell(value: str | None) -> str:
    return _NOTHING if value is None else _code(value)


def _code(text: str) -> str:
    """Return a text that GitHub and GitLab show as it is: no letter of it is markup, and code mentions nobody.

    https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
    """
    plain = visible(text).replace("\n", " ")
    return f"<code>{_NO_MARKUP.sub(lambda found: f'&#{ord(found[0])};', plain)}</code>"
