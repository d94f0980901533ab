from hypothesis import example, given
from hypothesis import strategies as st

from gantry.promotion.fact_section import FactSection

RELEASE = FactSection("The release", (("Service", "cowsay"), ("", "It has no tag."), ("artifact", "a → b")))

texts = st.text() | st.text("<>&'\"/=- !a\n→א\u202e\u2800", max_size=30)


def test_a_section_as_text() -> None:
    assert RELEASE.as_text() == "THE RELEASE\n  Service: cowsay\n  It has no tag.\n  artifact: a → b"


@given(st.lists(st.tuples(texts, texts), max_size=4))
@example([("Reason", "fine\n  Digest: sha256:0000"), ("Reason", "fine\r  Digest: x\u2028\x85\x0b\x0cDigest: y")])
def test_no_value_makes_a_row_of_its_own(rows: list[tuple[str, str]]) -> None:
    title, *lines = FactSection("Facts", tuple(rows)).as_text().splitlines()
    assert title == "FACTS"
    assert len([line for line in lines if not line.startswith(" " * 6)]) <= len(rows)
    assert all(line.startswith("  ") for line in lines)
