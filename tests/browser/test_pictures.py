import pytest

from tests.browser.pictures import FOLDER, PICTURES, Picture

every_picture = pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)


@every_picture
def test_a_picture_shows_what_is_rendered_now(picture: Picture) -> None:
    assert picture.is_true, "run make screenshots, and look at the pictures"


@every_picture
def test_a_picture_is_small(picture: Picture) -> None:
    assert picture.path.stat().st_size < 200_000


def test_no_picture_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {picture.path.name for picture in PICTURES}
