import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion import tag_pattern

LONGEST_TAG = 128
TAG_CHARACTERS = "abAB019_.-"

characters = st.sampled_from(["a", "b", "A", "0", "9", "_", "-", ".", r"\.", r"\-", r"\d", r"\w"])
classes = st.sampled_from(["[ab]", "[a-z0-9]", "[^a]", r"[\d_]", "[A-B-]", r"[\.b]", "[_.]"])
times = st.sampled_from(["", "", "*", "+", "?", "{2}", "{0}", "{1,}", "{0,2}", "{1,3}"])
repeated = st.tuples(characters | classes, times).map("".join)
patterns = st.recursive(
    st.lists(repeated, max_size=4).map("".join),
    lambda inner: st.lists(
        inner | st.lists(inner, min_size=1, max_size=3).map(lambda each: f"({'|'.join(each)})"), max_size=3
    ).map("".join),
    max_leaves=6,
).filter(lambda pattern: 0 < len(pattern) <= tag_pattern.LONGEST)
tags = st.text(TAG_CHARACTERS, max_size=8)


@given(patterns | st.tuples(patterns, patterns).map("|".join).filter(lambda it: len(it) <= 100), st.data())
def test_a_pattern_matches_what_the_regular_expression_matches_as_a_whole(pattern: str, data: st.DataObject) -> None:
    """`re` is the judge; its own matches are tried too, because few random tags match."""
    tag = data.draw(tags | st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True, alphabet=TAG_CHARACTERS))
    assert tag_pattern.read(pattern).matches(tag) == bool(re.fullmatch(pattern, tag, re.ASCII))


@pytest.mark.parametrize(
    ("pattern", "taken", "refused"),
    [
        ("release-[0-9]+", "release-42", "release-x"),
        (r"v\d+\.\d+\.\d+(-rc\.\d+|)", "v1.2.3-rc.1", "v1.2.3-rc"),
        ("(main|release)-[0-9a-f]{7,40}", "main-4f0c2d1", "main-4f0c2d"),
        ("(?:dev|qa)-.*", "qa-", "prod-1"),
        (r"[0-9]{8}-\w+", "20240131-4f0c2d1", "20240131-"),
        (r"[a-z\-]+-", "a-b--", "a-b"),
    ],
)
def test_patterns_that_people_write_mean_what_they_expect(pattern: str, taken: str, refused: str) -> None:
    assert tag_pattern.read(pattern).matches(taken)
    assert not tag_pattern.read(pattern).matches(refused)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\w*" * 32 + "-",
        "a*" * 49 + "b",
        ".+" * 50,
        "a{1,128}" * 12 + "b",
        "(a|a)" * 19 + "b",
        "(a*|a*)" * 14,
        "(" * 16 + "a*" + "|a*)" * 16,
        "(a|a*a*|a*a*a*)(a|a*a*|a*a*a*)(a|a*a*|a*a*a*)(a|a*a*|a*a*a*)(a|a*a*|a*a*a*)(a|a*a*|a*a*a*)b",
    ],
)
def test_no_pattern_looks_at_the_tag_more_often_than_it_has_characters(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these would keep a matcher that goes back busy for ages."""
    looks = []
    ends = tag_pattern._Repeated.ends

    def counted(repeated: tag_pattern._Repeated, tag: str, starts: int) -> int:
        looks.append(repeated)
        return ends(repeated, tag, starts)

    monkeypatch.setattr(tag_pattern._Repeated, "ends", counted)
    tag_pattern.read(pattern).matches("a" * LONGEST_TAG)
    assert 0 < len(looks) <= len(pattern) <= tag_pattern.LONGEST


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("", "it has 0 characters; give 1 to 100"),
        ("a" * 101, "it has 101 characters; give 1 to 100"),
        ("^release-.*", "leave out the ^: a pattern matches the whole tag anyway"),
        ("release-.*$", "leave out the $: a pattern matches the whole tag anyway"),
        ("(ab)+", "its group has a + behind it; repeat single characters only, and write (x|) for an optional x"),
        ("(a|b){2}", "its group has a { behind it"),
        ("a++", "the '+' at character 3 cannot be there; write letters, digits"),
        ("a*?", "the '?' at character 3 cannot be there"),
        ("a{2}{3}", "the '{' at character 5 cannot be there"),
        ("a{,3}", "the '{' at character 2 cannot be there"),
        ("*a", "the '*' at character 1 cannot be there"),
        ("(?=a)b", "the '(' at character 1 cannot be there"),
        ("(?i)a", "the '(' at character 1 cannot be there"),
        ("(?P<name>a)", "the '(' at character 1 cannot be there"),
        (r"(a)\1", "at character 4 cannot be there"),
        (r"\bmain", "at character 1 cannot be there"),
        ("feature/.*", "the '/' at character 8 cannot be there"),
        ("vé", "the 'é' at character 2 cannot be there"),
        ("[]a]", "the '[' at character 1 cannot be there"),
        ("[a-z&&b]", "the '[' at character 1 cannot be there"),
        ("[z-a]", "[z-a] is no class of characters: bad character range z-a; give one like [a-z0-9]"),
        ("a{3,1}", "{3,1} ends below where it begins"),
        ("(a|b", "it has a ( without a )"),
        ("a|b)", "it has a ) without a ("),
    ],
)
def test_anything_else_is_refused_with_what_would_be_right(pattern: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        tag_pattern.read(pattern)
