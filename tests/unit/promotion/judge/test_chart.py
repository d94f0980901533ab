import math
import re
from xml.etree import ElementTree

import pytest

from gantry.promotion.judge.chart import chart
from gantry.promotion.judge.evidence import Minute
from tests.unit.promotion.judge.rollouts import minute, rollout

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"path", "polyline", "circle", "text", "title", "desc", "svg"}


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 -- our own


def drawn(*minutes: Minute) -> ElementTree.Element:
    return parsed(chart(minutes))


def words(picture: ElementTree.Element, name: str) -> list[str]:
    return [str(each.text) for each in picture.iter(SVG + name)]


def test_it_says_in_words_what_it_shows() -> None:
    picture = drawn(*rollout(30, canary=(60.0, 3.0), stable=(540.0, 1.0)).minutes)
    assert words(picture, "title") == ["Failed requests by minute from 12:00 UTC to 12:29 UTC"]
    assert words(picture, "desc") == [
        "new version: 90 of 1,800 requests failed (5 %). stable version: 30 of 16,200 requests failed (0.19 %)."
    ]
    assert words(picture, "text") == ["0 %", "5 %", "12:00 UTC", "12:29 UTC", "new version", "stable version"]


def test_the_worst_rate_is_the_highest_point() -> None:
    picture = drawn(*(minute(n, (60.0, 60.0 if n == 2 else 0.0)) for n in range(5)))
    canary = next(picture.iter(SVG + "polyline")).attrib["points"].split()
    heights = [int(point.split(",")[1]) for point in canary]
    assert heights == [158, 158, 26, 158, 158]


def test_the_two_lines_differ_without_colour() -> None:
    canary, stable = drawn(*rollout(5).minutes).iter(SVG + "polyline")
    assert "stroke-dasharray" not in canary.attrib
    assert "stroke-dasharray" in stable.attrib
    assert {each.attrib["stroke"] for each in (canary, stable)} == {"currentColor"}


def test_a_minute_without_requests_or_with_wrong_counts_is_a_gap() -> None:
    odd = [(60.0, 0.0), (60.0, 0.0), (None, None), (60.0, 0.0), (math.nan, 0.0), (60.0, 0.0), (60.0, 0.0)]
    picture = drawn(*(minute(n, each) for n, each in enumerate(odd)))
    assert len(list(picture.iter(SVG + "circle"))) == 1
    assert len(list(picture.iter(SVG + "polyline"))) == 2 + 2


@pytest.mark.parametrize("minutes", [1, 60, 61, 1_440])
def test_it_stays_small_and_has_neither_script_nor_style_however_long_the_rollout_was(minutes: int) -> None:
    text = chart([minute(n, (60.0, float(n % 7))) for n in range(minutes)])
    assert len(text) <= 6_000
    assert {each.tag.removeprefix(SVG) for each in parsed(text).iter()} <= ALLOWED
    assert not re.search(r"style|script|\bon\w+=|href", text)


def test_the_smallest_pieces_stay_small_too() -> None:
    assert len(chart([minute(n, (60.0, 1.0) if n % 2 else (None, None)) for n in range(60)])) <= 6_000


def test_without_a_minute_there_is_no_picture() -> None:
    assert chart([]) == ""
