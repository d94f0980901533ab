"""What people have reported of others that write images into files in Git, tried here."""

from gantry.promotion.write_back.editing import edited
from gantry.promotion.write_back.key_path import key_path


def written(before: str, key: str, value: str) -> str:
    return edited(before.encode(), "yaml", {key_path(key): value}).decode()


def test_a_block_of_text_stays_a_block() -> None:
    """https://github.com/fluxcd/image-automation-controller/issues/616: it came back as one line."""
    before = 'config: |\n  _format_version: "2.1"\n  services:\n    - name: example\nimage: {tag: "1.0"}\n'
    assert written(before, "image.tag", "2.0") == before.replace('"1.0"', '"2.0"')


def test_the_dashes_before_a_document_stay() -> None:
    """https://github.com/fluxcd/flux2/issues/4435: they were gone, and linters failed."""
    before = "---\nimage:\n  tag: a1\n"
    assert written(before, "image.tag", "b2") == before.replace("a1", "b2")


def test_comments_and_indentation_stay_where_they_are() -> None:
    """https://github.com/fluxcd/flux2/issues/1441: comments moved, and lists were indented otherwise."""
    before = "values:\n    # storage:\n    #   class: nfs\n    ports:\n      - 80 # public\n    tag: a1 # by Gantry\n"
    assert written(before, "values.tag", "b2") == before.replace("a1", "b2")
