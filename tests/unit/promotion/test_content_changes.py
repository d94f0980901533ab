"""The rows that say what changes inside an artifact."""

from dataclasses import replace

from gantry.promotion.approval import Approval
from gantry.promotion.approval_differences import differences
from gantry.promotion.approval_facts import snapshot
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.content_changes import ContentChange, ContentComparison, content_rows, unknown_rows
from tests.unit.promotion.facts import HERE, NEW, OLD, THERE, approval, live, revision, rows_of

ROWS = (("content", "1 added"), ("GET “/cows”", "added"))
STALE = "What changes in it is unknown: something else is live there than when people were asked"


def asked(*contents: ContentComparison) -> Approval:
    found = approval(HERE, THERE)
    artifact = Artifact(ArtifactKind.S3_OBJECT, NEW, "acme/openapi.json", "v2")
    return replace(found, release=replace(found.release, artifact=artifact), contents=contents)


def test_removals_come_first_and_what_has_no_row_is_counted() -> None:
    parts = [ContentChange(f"/{number}", "added", kind="GET") for number in range(400)]
    parts += [ContentChange("/old", "removed", kind="GET"), ContentChange("x", "changed", before="1", after="2")]
    rows = content_rows(parts, most=3)
    assert rows[:3] == (
        ("content", "1 removed, 1 changed, 400 added"),
        ("GET “/old”", "removed"),
        ("“x”", "1 → 2"),
    )
    assert rows[-1] == ("", "and 399 more: 399 added")
    assert len(rows) == 5


def test_names_and_details_are_visible_short_and_no_arrow() -> None:
    part = ContentChange("a\u202e\n<b>" + "x" * 500, "changed", "one → two" + "y" * 500)
    label, value = content_rows([part])[1]
    assert label.startswith("“a\\u202e <b>xxx")
    assert "→" not in value
    assert len(label) <= 122
    assert len(value) <= 90


def test_other_bytes_without_a_difference_never_read_as_if_nothing_changed() -> None:
    assert content_rows([]) == (("content", "The bytes differ, but nothing in them that Gantry compares"),)


def test_the_content_stands_beside_each_live_artifact_that_it_was_compared_with() -> None:
    both = asked(ContentComparison((HERE.id,), ROWS, OLD), ContentComparison((THERE.id,), ROWS))
    rows = rows_of(both, live(revision("7")), title="What changes")
    assert [row for row in rows if row in ROWS] == [*ROWS, *ROWS]
    assert [value for label, value in rows if not label and "first release" in value] == [
        "It is the first release there, so all of it is new."
    ]


def test_where_something_else_is_live_by_now_the_content_is_unknown() -> None:
    compared = asked(ContentComparison((HERE.id, THERE.id), ROWS, OLD))
    other = live(revision("8", digest="sha256:" + "c" * 64))
    (here, there) = differences(compared, [other, live(revision("7"), target=THERE)])
    assert (here.content, there.content) == ((("content", STALE),), ROWS)


def test_the_same_artifact_and_an_image_have_no_content() -> None:
    same = [live(revision("7", digest=NEW), target=target) for target in (HERE, THERE)]
    assert [each.content for each in differences(asked(), same)] == [()]
    assert [each.content for each in differences(approval(HERE), [live(revision("7"))])] == [()]


def test_the_rows_are_no_part_of_what_is_approved() -> None:
    lives = [live(revision("7", digest=OLD), target=target) for target in (HERE, THERE)]
    with_rows = asked(ContentComparison((HERE.id, THERE.id), ROWS, OLD))
    without = asked(ContentComparison((HERE.id, THERE.id), unknown_rows("why"), OLD))
    assert snapshot(with_rows, lives) == snapshot(without, lives)
    assert snapshot(with_rows, lives)["digest"] == NEW
