"""Where an artifact comes from: whoever pushes writes the labels, so that only harmless addresses count."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.source import IMAGE_LABELS, LONGEST_REPOSITORY, LONGEST_RUN, Source, is_address

REPOSITORY = "https://github.com/acme/cowsay"
SHA = "4f0c2d1" + "0" * 33
RUN = "https://github.com/acme/cowsay/actions/runs/11973?check=1#step:3"


def repository(text: object) -> str | None:
    found = Source.of(text, None, None)
    return found.repository if found else None


def run(text: object) -> str | None:
    found = Source.of(None, None, text)
    return found.run if found else None


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (REPOSITORY, REPOSITORY),
        (f"{REPOSITORY}.git", REPOSITORY),
        (f"{REPOSITORY}/", REPOSITORY),
        ("https://alice@bitbucket.org/acme/cowsay.git", "https://bitbucket.org/acme/cowsay"),
        ("https://gitlab-ci-token:secret@gitlab.example.com/a/b/c.git", "https://gitlab.example.com/a/b/c"),
        ("git@github.com:acme/cowsay.git", REPOSITORY),
        ("org-4711@github.com:acme/cowsay", REPOSITORY),
        ("ssh://git@github.com/acme/cowsay.git", REPOSITORY),
        ("ssh://git@gitlab.example.com:2222/a/b.git", "https://gitlab.example.com/a/b"),
        ("https://git.example.com:8443/~alice/cow.say", "https://git.example.com:8443/~alice/cow.say"),
    ],
)
def test_a_repository_is_an_address_of_the_web_without_anybodys_name_or_password(label: str, expected: str) -> None:
    assert repository(label) == expected


HOSTILE: list[Any] = [
    "",
    None,
    7,
    ["https://github.com/acme/cowsay"],
    "http://github.com/acme/cowsay",
    "javascript://github.com/%0aalert(1)",
    "data:text/html,<script>",
    "file:///etc/passwd",
    "git://github.com/acme/cowsay",
    "ext::sh -c touch% /tmp/x",
    "//github.com/acme/cowsay",
    "https://github.com",
    "https://github.com/",
    "https:///acme/cowsay",
    "https://localhost/acme",
    "https://github.com\\@evil.example/acme",
    "https://github.com/acme/../../evil",
    "https://github.com/acme/.git",
    "https://github.com/acme/cow say",
    "https://github.com/acme/cowsay\n",
    "https://github.com/acme/cowsay\x1b[2K",
    'https://github.com/acme/"><script>',
    "https://github.com/acme/cowsay?x=1",
    "https://github.com/acme/cowsay#main",
    "https://github.com/acme/%63owsay",
    "https://github.com/acme/c\N{RIGHT-TO-LEFT OVERRIDE}owsay",
    "https://g\N{CYRILLIC SMALL LETTER I}thub.com/acme/cowsay",
    f"{REPOSITORY}/{'x' * LONGEST_REPOSITORY}",
]


@pytest.mark.parametrize("label", HOSTILE)
def test_anything_else_is_no_repository(label: object) -> None:
    assert repository(label) is None


@pytest.mark.parametrize("label", ["4f0c2d1", SHA, "a" * 64])
def test_a_commit_is_a_hash_or_its_beginning(label: str) -> None:
    assert Source.of(None, label, None) == Source(revision=label)


NO_COMMITS: list[Any] = ["", "main", "v1.2.0", f"{SHA}-dirty", "4F0C2D1", "4f0c2d", "a" * 65, 4, None, "../x"]


@pytest.mark.parametrize("label", NO_COMMITS)
def test_what_may_name_something_else_tomorrow_is_no_commit(label: object) -> None:
    assert Source.of(REPOSITORY, label, None) == Source(REPOSITORY)


@pytest.mark.parametrize(
    "label",
    [
        RUN,
        "https://gitlab.com/acme/cowsay/-/pipelines/7",
        "https://eu-central-1.console.aws.amazon.com/codesuite/codebuild/111111111111/projects/x/build/x%3A1/?region=eu",
        "https://jenkins.example.com:8443/job/cowsay/17/",
    ],
)
def test_a_run_may_have_a_query_and_a_fragment(label: str) -> None:
    assert run(label) == label


@pytest.mark.parametrize(
    "label",
    [
        "http://ci.example.com/1",
        "javascript:alert(1)",
        "https://alice:secret@ci.example.com/1",
        "https://ci.example.com@evil.example/1",
        "https://ci.example.com/a b",
        "https://ci.example.com/'onmouseover='x",
        'https://ci.example.com/"x',
        "https://ci.example.com/<b>",
        "https://ci.example.com/\x00",
        "https://ci.example.com\\x",
        f"https://ci.example.com/{'x' * LONGEST_RUN}",
        b"https://ci.example.com/1",
    ],
)
def test_anything_else_is_no_run(label: object) -> None:
    assert run(label) is None


@given(st.text() | st.from_regex(r"https://[^/]*/.*") | st.binary() | st.integers())
def test_whatever_a_label_says_nothing_but_an_address_comes_of_it(label: object) -> None:
    for found in (repository(label), run(label)):
        assert found is None or (is_address(found) and found.isascii() and found.isprintable())
        assert found is None or "@" not in found.split("/")[2]


def test_one_label_that_cannot_be_read_spoils_no_other() -> None:
    assert Source.of("javascript:alert(1)", SHA, RUN) == Source(None, SHA, RUN)
    assert Source.of("javascript:alert(1)", "main", None) is None


def test_the_first_place_that_has_a_label_counts() -> None:
    annotations = {IMAGE_LABELS[0]: REPOSITORY}
    inherited = {IMAGE_LABELS[0]: "https://github.com/base/image", IMAGE_LABELS[1]: SHA}
    assert Source.labelled(IMAGE_LABELS, annotations, inherited) == Source(REPOSITORY, SHA)
    assert Source.labelled(IMAGE_LABELS, None, ["no", "labels"], inherited) == Source(inherited[IMAGE_LABELS[0]], SHA)
    assert Source.labelled(IMAGE_LABELS, None, "text") is None


def test_what_a_record_says_is_looked_at_again() -> None:
    source = Source(REPOSITORY, SHA, RUN)
    assert Source.read(asdict(source)) == source
    assert Source.read({"repository": "javascript:alert(1)", "revision": SHA}) == Source(revision=SHA)
    nothing: list[object] = [None, "text", [], {}]
    assert [Source.read(each) for each in nothing] == [None] * 4
