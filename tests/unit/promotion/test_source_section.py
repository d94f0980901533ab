"""Where a release comes from, in mails and on pages: whole addresses, and who says so."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.approval import Approval
from gantry.promotion.approval_html import facts_html
from gantry.promotion.approval_mail import question_mail
from gantry.promotion.fact_section import SOURCE, FactSection
from gantry.promotion.source import ManifestSource, Source
from tests.unit.promotion.documents import Parsed
from tests.unit.promotion.facts import HERE, RELEASE, THERE, Rows, approval, live, revision, rows_of

REPOSITORY = "https://github.com/acme/cowsay"
RUN = "https://ci.example.com/runs/7?step=1&job=2"
NEW = Source(REPOSITORY, "4f0c2d1", RUN)
COMMIT, COMPARE = f"{REPOSITORY}/commit/4f0c2d1", f"{REPOSITORY}/compare/a91be07...4f0c2d1"
EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-promotion:one"
SAID = ("", "As the artifact's own labels say; whoever can push it writes them.")


def asked(source: Source | None = NEW, *targets: Any, **changed: Any) -> Approval:
    return replace(approval(*targets), release=replace(RELEASE, source=source), **changed)


def older(name: str = "a91be07", **where: Any) -> Any:
    return live(revision("7", source=Source(REPOSITORY, name)), **where)


def test_an_approver_sees_the_commit_what_it_changes_the_run_and_the_execution() -> None:
    console = f"https://console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/{EXECUTION}"
    assert rows_of(asked(execution=EXECUTION), older(), title=SOURCE) == [
        ("Commit", COMMIT),
        ("Changes", COMPARE),
        ("CI run", RUN),
        SAID,
        ("Execution", console),
    ]


def test_an_approver_sees_the_commit_of_the_manifest_and_who_says_so() -> None:
    source = replace(NEW, manifest=ManifestSource("b2b2b2b", REPOSITORY))
    assert rows_of(asked(source), older(), title=SOURCE) == [
        ("Commit", COMMIT),
        ("Changes", COMPARE),
        ("CI run", RUN),
        SAID,
        ("Manifest", f"{REPOSITORY}/commit/b2b2b2b"),
        ("", "The manifest's commit is as whoever uploaded it says."),
    ]
    sections = [FactSection(SOURCE, tuple(rows_of(asked(source), title=SOURCE)))]
    mail = question_mail(asked(source), sections, "https://approvals.example.com/approvals/secret")
    assert f"Manifest: {REPOSITORY}/commit/b2b2b2b" in mail.text


def test_several_live_releases_are_compared_each_once() -> None:
    lives = [older(), older("b2b2b2b", target=THERE), older(target=replace(HERE, name="other/live"))]
    targets = [each.target for each in lives]
    rows = rows_of(asked(NEW, *targets), *lives, title=SOURCE)
    assert [label for label, _ in rows] == ["Commit", "Changes 1", "Changes 2", "CI run", ""]


@pytest.mark.parametrize("lives", [(), (older("4f0c2d1"),), (live(revision("7")),), (older(environment="dev"),)])
def test_without_another_known_release_there_nothing_is_compared(lives: tuple[Any, ...]) -> None:
    assert rows_of(asked(), *lives, title=SOURCE) == [("Commit", COMMIT), ("CI run", RUN), SAID]


def test_once_it_is_decided_a_comparison_with_what_is_live_by_now_would_say_nothing() -> None:
    over = asked().ended("approved", "2026-11-22T10:00:00.000Z")
    assert rows_of(over, older(), title=SOURCE) == [("Commit", COMMIT), ("CI run", RUN), SAID]


def test_without_labels_there_is_no_such_section() -> None:
    assert rows_of(asked(None), older(), title=SOURCE) == []


def linked(rows: Rows) -> list[str]:
    html = facts_html([FactSection(SOURCE, tuple(rows))])
    found = Parsed(html)
    assert [each["href"] for each in found.all("a")] == [each for each in found.text.split() if "https://" in each]
    return [str(each["href"]) for each in Parsed(html).all("a")]


def test_a_link_shows_where_it_leads_and_nothing_else_is_one() -> None:
    assert linked([("Commit", COMMIT), ("CI run", RUN)]) == [COMMIT, RUN]
    assert linked([("Commit", "javascript:alert(1)"), SAID]) == []
    html = facts_html([FactSection("The release", (("Digest", COMMIT),))])
    assert "<a" not in html


def test_in_a_mail_the_approvers_own_link_comes_first() -> None:
    sections = [FactSection(SOURCE, (("Commit", COMMIT),))]
    mail = question_mail(asked(), sections, "https://approvals.example.com/approvals/secret")
    assert mail.text.index("https://approvals") < mail.text.index(f"Commit: {COMMIT}")
    assert [each["href"] for each in Parsed(mail.html).all("a")][1:] == [COMMIT]
