"""A small picture of a verdict's numbers: requests and errors of both versions, side by side, as SVG.

The history keeps a verdict's totals, not its minutes, so these are bars and not the lines of `judge.chart`. Like those,
they have presentation attributes only and the colours of the text around them, and every bar has its number beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

_WIDTH, _ROW, _HEAD = 460, 22, 20
_REQUESTS, _ERRORS, _LONGEST = 62, 262, 110
"""Where the bars of each column begin, and how long one can be."""
_FILLED, _HOLLOW = 'fill="currentColor"', 'fill="currentColor" fill-opacity=".25" stroke="currentColor"'


@dataclass(frozen=True, slots=True)
class _Bars:
    """The numbers of one version."""

    name: str
    requests: int
    bad: int
    is_new: bool

    @property
    def rate(self) -> float:
        """The share of requests that failed, from 0 to 1."""
        return self.bad / self.requests if self.requests else 0.0

    @property
    def errors(self) -> str:
        return f"{self.bad:,} ({100 * self.rate:.2g} %)" if self.requests else f"{self.bad:,}"


def verdict_chart(evidence: Mapping[str, Any]) -> str:
    """Return the picture of a verdict's recorded numbers; nothing where no requests were compared."""
    versions = [bars for which in ("canary", "stable") if (bars := _of(evidence, which))]
    if not versions:
        return ""
    described = "; ".join(f"{each.name} version: {each.requests:,} requests, {each.errors} failed" for each in versions)
    height = _HEAD + _ROW * len(versions)
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
            f'height="{height}" fill="currentColor" font-size="12" font-family="sans-serif">',
            f"<title>Requests and errors of both versions</title><desc>{escape(described)}.</desc>",
            _text(_REQUESTS, 12, "Requests"),
            _text(_ERRORS, 12, "Failed"),
            *_rows(versions),
            "</svg>",
        ]
    )


def _of(evidence: Mapping[str, Any], which: str) -> _Bars | None:
    """Return a version's numbers; None where the record has none, whatever stands there."""
    failed = evidence.get("failed")
    found = failed.get(which) if isinstance(failed, Mapping) else None
    if not isinstance(found, Mapping):
        return None
    requests, bad = found.get("requests"), found.get("bad")
    if not isinstance(requests, int | float) or not isinstance(bad, int | float):
        return None
    return _Bars("new" if which == "canary" else "stable", int(requests), int(bad), which == "canary")


def _rows(versions: list[_Bars]) -> Iterator[str]:
    most = max(each.requests for each in versions) or 1
    worst = max(each.rate for each in versions) or 1.0
    for number, each in enumerate(versions):
        top = _HEAD + _ROW * number
        stroke = _FILLED if each.is_new else _HOLLOW
        yield _text(0, top + 14, each.name)
        for x, share, words in (
            (_REQUESTS, each.requests / most, f"{each.requests:,}"),
            (_ERRORS, each.rate / worst, each.errors),
        ):
            width = round(_LONGEST * share)
            yield f'<rect x="{x}" y="{top + 4}" width="{max(width, 1)}" height="12" {stroke}/>'
            yield _text(x + max(width, 1) + 6, top + 14, words)


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x}" y="{y}">{escape(words)}</text>'
