"""A small picture of both versions' failure rates by minute, as SVG for a page.

It has presentation attributes only, because the page's content security policy allows no style of an element's own.
Colours are those of the text around it, so it is readable on light and dark pages; the lines differ in their strokes.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from gantry.promotion.judge.counting import clock, failed_counts
from gantry.promotion.judge.e_values import Block
from gantry.promotion.judge.evidence import Minute

_WIDTH, _HEIGHT = 640, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 26, 22
_MOST_POINTS = 60
_HIGHEST_RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_NEW = 'stroke-width="2.5"'
_STABLE = 'stroke-width="1.5" stroke-dasharray="6 4"'


@dataclass(frozen=True, slots=True)
class _Line:
    """One version's requests and failed ones, by group of minutes."""

    name: str
    stroke: str
    counts: tuple[tuple[int, int], ...]

    @property
    def rates(self) -> list[float | None]:
        """None where there was no request."""
        return [failed / requests if requests else None for requests, failed in self.counts]

    @property
    def total(self) -> str:
        requests, failed = (sum(column) for column in zip(*self.counts, strict=True))
        share = f" ({100 * failed / requests:.2g} %)" if requests else ""
        return f"{self.name}: {failed:,} of {requests:,} requests failed{share}"


def chart(minutes: Sequence[Minute]) -> str:
    """Return the picture, at most 6 KB; nothing without a minute. Minutes whose counts are wrong are gaps."""
    if not minutes:
        return ""
    lines = _lines(minutes)
    highest = max((rate for line in lines for rate in line.rates if rate is not None), default=0.0)
    top = next(each for each in _HIGHEST_RATES if each >= highest)
    between = f"from {clock(minutes[0].at)} to {clock(minutes[-1].at)}"
    described = ". ".join(line.total for line in lines)
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
            f'height="{_HEIGHT}" fill="currentColor" stroke="none" font-size="12" font-family="sans-serif">',
            f"<title>{escape(f'Failed requests by minute {between}')}</title>",
            f"<desc>{escape(described)}.</desc>",
            *_frame(minutes, top),
            *(part for line in lines for part in _drawn(line, top)),
            *(part for number, line in enumerate(lines) for part in _legend(number, line)),
            "</svg>",
        ]
    )


def _lines(minutes: Sequence[Minute]) -> tuple[_Line, _Line]:
    width = math.ceil(len(minutes) / _MOST_POINTS)
    blocks = failed_counts(minutes).minutes
    groups = [blocks[start : start + width] for start in range(0, len(blocks), width)]

    def line(name: str, stroke: str, counts: Callable[[Block], tuple[int, int]]) -> _Line:
        pairs = [[counts(block) for block in group] for group in groups]
        return _Line(name, stroke, tuple((sum(one for one, _ in each), sum(two for _, two in each)) for each in pairs))

    return (
        line("new version", _NEW, lambda block: (block.canary, block.canary_failed)),
        line("stable version", _STABLE, lambda block: (block.stable, block.stable_failed)),
    )


def _frame(minutes: Sequence[Minute], top: float) -> Iterator[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for share in (0, 1):
        y = round(_y(share * top, top))
        yield f'<path d="M{_LEFT} {y}H{right}" stroke="currentColor" stroke-opacity="0.35"/>'
        yield _text(_LEFT - 6, y + 4, f"{100 * share * top:g} %", "end")
    yield _text(_LEFT, bottom + 16, clock(minutes[0].at), "start")
    yield _text(right, bottom + 16, clock(minutes[-1].at), "end")


def _drawn(line: _Line, top: float) -> Iterator[str]:
    """Draw each stretch without a gap; a point alone is a dot."""
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(line.rates) - 1, 1)
    for stretch in _stretches(line.rates):
        points = [(f"{_LEFT + number * step:.0f}", f"{_y(rate, top):.0f}") for number, rate in stretch]
        if len(points) == 1:
            yield f'<circle cx="{points[0][0]}" cy="{points[0][1]}" r="2.5"/>'
        else:
            path = " ".join(f"{x},{y}" for x, y in points)
            yield f'<polyline points="{path}" fill="none" stroke="currentColor" {line.stroke}/>'


def _stretches(rates: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    stretch: list[tuple[int, float]] = []
    for number, rate in enumerate(rates):
        if rate is not None:
            stretch.append((number, rate))
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _legend(number: int, line: _Line) -> Iterator[str]:
    x = _LEFT + 160 * number
    yield f'<path d="M{x} 10h28" fill="none" stroke="currentColor" {line.stroke}/>'
    yield _text(x + 34, 14, line.name, "start")


def _y(rate: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * rate / top


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(words)}</text>'
