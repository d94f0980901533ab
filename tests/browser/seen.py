"""What a browser makes of a page, as a person would see it."""

import re
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

Colour = tuple[float, float, float]

_TEXTS = """() => {
  // What is behind a page that says nothing of it depends on the colours that its reader likes.
  const probe = Object.assign(document.createElement('i'), {style: 'color: Canvas'});
  document.body.append(probe);
  const canvas = getComputedStyle(probe).color;
  probe.remove();
  const opaque = colour => /^rgb\\(/.test(colour);
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (opaque(colour)) return colour;
    }
    return canvas;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const element = text.parentElement, style = getComputedStyle(element);
    if (text.data.trim() && element.getClientRects().length)
      found.push([text.data, style.color, behind(element)]);
  }
  for (const box of document.querySelectorAll('button:not([hidden]), textarea, input:not([type=hidden])'))
    found.push(['', getComputedStyle(box).borderTopColor, behind(box.parentElement)]);
  return found;
}"""
_FOCUSED = """() => {
  const {id, value, tagName} = document.activeElement, style = getComputedStyle(document.activeElement);
  return [id || value || tagName, parseFloat(style.outlineWidth), style.outlineStyle, style.outlineColor];
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A text, or the border of something to press or to write in, which has none."""

    text: str
    colour: Colour
    behind: Colour

    @property
    def contrast(self) -> float:
        """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio ."""
        darker, lighter = sorted((_luminance(self.colour), _luminance(self.behind)))
        return (lighter + 0.05) / (darker + 0.05)

    @property
    def is_readable(self) -> bool:
        """By level AA: https://www.w3.org/TR/WCAG22/#contrast-minimum and #non-text-contrast ."""
        return self.contrast >= (4.5 if self.text else 3)


def texts(page: "Page") -> list[Seen]:
    """Everything that is written on it, and the borders of its controls."""
    return list(starmap(lambda text, colour, behind: Seen(text, _rgb(colour), _rgb(behind)), page.evaluate(_TEXTS)))


def scrolls_sideways(page: "Page") -> bool:
    found: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return found


def next_focus(page: "Page") -> tuple[str, bool]:
    """Press Tab: what has the focus then, by its id, its value or its kind, and whether that can be seen."""
    page.keyboard.press("Tab")
    name, width, style, colour = page.evaluate(_FOCUSED)
    behind = page.evaluate("getComputedStyle(document.body).backgroundColor")
    is_seen = width >= 2 and style == "solid" and Seen("", _rgb(colour), _rgb(behind)).is_readable
    return name, is_seen


def _rgb(colour: str) -> Colour:
    """`rgb(255, 255, 255)`."""
    red, green, blue = map(float, re.findall(r"[\d.]+", colour)[:3])
    return red, green, blue


def _luminance(colour: Colour) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance ."""
    parts = [each / 255 for each in colour]
    red, green, blue = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
