"""What the actions write into a run's summary shows texts of others as they are: nothing of them is Markdown."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from actions.texts import main

WHY: dict[str, Any] = {
    "service": "cowsay",
    "environment": "prod",
    "state": "rolled_back",
    "sentence": "The deployment was rolled back.",
    "reason": None,
    "facts": [],
    "next": [],
}


def parsed(text: str) -> list[tuple[str, str]]:
    """The kinds of what Markdown sees, and the texts between them."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        found += [(each.type, each.content) for each in token.children or []] or [(token.type, "")]
    return found


@given(st.text(min_size=1).filter(lambda text: text.split() != []))
def test_a_fact_is_one_cell_with_its_own_text(text: str) -> None:
    tokens = parsed(main("explanation", json.dumps(WHY | {"facts": [["they said", text]]})))
    assert [kind for kind, _ in tokens].count("td_open") == 2
    assert {kind for kind, content in tokens if content} <= {"text", "text_special"}
    cell = next(index for index, each in enumerate(tokens) if each == ("text", "they said"))
    shown = "".join(content for _, content in tokens[cell + 1 :])
    assert shown == "".join(each if each.isprintable() else "\ufffd" for each in " ".join(text.split()))


@pytest.mark.parametrize(
    ("text", "never"),
    [("<img src=x>", "<img"), ("[here](https://example.com)", "[here]("), ("a | b", "a | b"), ("x\n# y", "\n# y")],
)
def test_what_would_be_markdown_is_escaped(text: str, never: str) -> None:
    assert never not in main("explanation", json.dumps(WHY | {"reason": text}))
    assert never not in main("explanation", json.dumps(WHY | {"facts": [["they said", text]]}))
    assert never not in main("promotion", json.dumps({"status": "FAILED", "reason": text}))


@pytest.mark.parametrize(
    ("ended", "text"),
    [
        ({"outcome": "goes_through", "environments": [{"name": "dev"}]}, "**Goes through**\n\n- to dev\n"),
        (
            {"outcome": "goes_through", "environments": [], "left_out": {"dev": "it is live"}},
            "**Nothing to do**\n\n- not to dev: it is live\n",
        ),
        (
            {"status": "SUCCEEDED", "execution": "arn:one", "reason": None, "code": 0},
            "**Succeeded**\n\n- arn:one\n",
        ),
    ],
)
def test_an_end_is_said(ended: dict[str, Any], text: str) -> None:
    assert main("promotion", json.dumps(ended)).removesuffix("\n") + "\n" == text


def test_a_step_gets_what_it_needs_and_nothing_where_nobody_knows() -> None:
    started = json.dumps({"execution": "arn:one", "environments": ["dev", "prod"]})
    assert (main("execution", started), main("environments", started)) == ("arn:one", "dev prod")
    refused = json.dumps({"execution": None, "environments": None})
    assert (main("execution", refused), main("environments", refused)) == ("", "")


def test_a_commit_says_what_each_environment_runs() -> None:
    planned = [
        {"title": "cowsay in dev: 4f0c2d1", "body": "Tag: 4f0c2d1"},
        {"title": None, "body": None},
        {"title": "cowsay in prod: a91be07", "body": "Tag: a91be07"},
    ]
    said = main("message", json.dumps(planned))
    assert said == "cowsay in dev: 4f0c2d1\n\nTag: 4f0c2d1\n\ncowsay in prod: a91be07\n\nTag: a91be07"


def test_other_output_is_shown_as_it_is() -> None:
    assert main("text", "</pre><b>") == "<pre>&lt;/pre&gt;&lt;b&gt;</pre>\n"
