"""What the actions say, from the JSON that `gantry` prints: `python texts.py KIND [OF] <FILE`. It needs no packages."""

import html
import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]

_MARKDOWN = re.compile(r"[^\w ,;:=/%()+-]|_")


def plain(text: object) -> str:
    """Return a text of others so that Markdown shows it as it is, on one line."""
    line = " ".join(str(text).split())
    return _MARKDOWN.sub(lambda found: f"&#{ord(found[0])};", "".join(c if c.isprintable() else "\ufffd" for c in line))


def explanation(why: Json) -> str:
    """Return what `gantry why` knows: the sentence, the reason, a table of the facts and what to type next."""
    where = f"{why['service']} in {why['environment']}" if why["environment"] else why["service"]
    lines = [f"### {plain(where)}: {plain(why['sentence'])}", ""]
    if why["reason"]:
        lines += [plain(why["reason"]), ""]
    if why["facts"]:
        lines += ["| | |", "|---|---|"]
        lines += [f"| {plain(label)} | {plain(value)} |" for label, value in why["facts"]]
        lines.append("")
    lines += [f"- {plain(each)}" for each in why["next"]]
    return "\n".join(lines)


def promotion(ended: Json) -> str:
    """Return what `gantry promote` or `gantry rollback` says: of an execution, a configuration or a dry run."""
    names = environments(ended)
    how = ended["status"] if "status" in ended else ended["outcome"] if names else "nothing to do"
    lines = [f"**{plain(how.replace('_', ' ').capitalize())}**", ""]
    if names:
        lines.append(f"- to {plain(names)}")
    lines += [f"- not to {plain(name)}: {plain(why)}" for name, why in (ended.get("left_out") or {}).items()]
    lines += [f"- {plain(ended['reason'])}"] if ended.get("reason") else []
    lines += [f"- {plain(ended['execution'])}"] if ended.get("execution") else []
    return "\n".join(lines) + "\n"


def execution(ended: Json) -> str:
    """Return the execution's ARN; empty where nothing was started."""
    return str(ended.get("execution") or "")


def environments(ended: Json) -> str:
    """Return the names of the environments that get it; empty where nobody knows or none does."""
    return " ".join(_names(ended))


def _names(ended: Json) -> Iterator[str]:
    for each in ended.get("environments") or ():
        yield each if isinstance(each, str) else each["name"]


def message(planned: list[Json]) -> str:
    """Return the message of the commit that `gantry write-back --plan` has prepared."""
    return "\n\n".join(f"{each['title']}\n\n{each['body']}" for each in planned if each["title"])


def files(planned: list[Json]) -> str:
    """Return the files that `gantry write-back --plan` has changed, each on a line of its own."""
    return "\n".join(dict.fromkeys(path for each in planned if each["state"] == "changed" for path in each["files"]))


def own_pull(found: list[Json]) -> str:
    """Return the number of the pull request from the repository itself; empty where there is none."""
    return next((str(each["number"]) for each in found if not each["isCrossRepository"]), "")


def started(history: Json, release: str) -> str:
    """Return the newest execution that a release was started with, or ignored by; empty where there is none."""
    for each in history["entries"]:  # newest first
        facts = each["facts"]
        names = {facts.get("tag"), facts.get("digest"), facts.get("version_id")}
        is_start = each["kind"] in {"promotion_started", "promotion_ignored"}
        if is_start and release in names and not facts.get("configuration_of"):
            return str(each["execution"])
    return ""


def completed(history: Json, execution: str) -> str:
    """Return the execution if its promotion has completed, otherwise nothing."""
    ends = {each["execution"] for each in history["entries"] if each["kind"] == "promotion_completed"}
    return execution if execution in ends else ""


_KINDS: dict[str, Callable[..., str]] = {
    each.__name__: each
    for each in (explanation, promotion, execution, environments, message, files, own_pull, started, completed)
}


def main(kind: str, given: str, *of: str) -> str:
    """Return the text of one kind; `of` is the release or the execution that is looked for in a history."""
    if kind == "text":
        return f"<pre>{html.escape(given)}</pre>\n"
    return _KINDS[kind](json.loads(given), *of)


if __name__ == "__main__":
    print(main(sys.argv[1], sys.stdin.read(), *sys.argv[2:]))
