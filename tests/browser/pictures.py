"""`make screenshots`: the pictures in docs/images. Each says which HTML it was made of, so that it cannot go stale."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.browser import example, status_example
from tests.browser.chromium import MISSING, executable, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = Path(__file__).parents[2] / "docs" / "images"
PHONE, DESKTOP, TERMINAL = 360, 1024, 680
_MADE_OF = "Made of HTML with SHA-256"
_SHARPNESS = 1.5
_COLOURS = 64


@dataclass(frozen=True, slots=True)
class Picture:
    """One file."""

    name: str
    html: Callable[[], str]
    width: int
    colours: Literal["light", "dark"] = "light"
    least_height: int = 740

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.png"

    @property
    def is_true(self) -> bool:
        """Whether it shows what would be rendered now."""
        if not self.path.exists():
            return False
        with Image.open(self.path) as image:
            return image.info.get(_MADE_OF) == _hash(self.html())

    def take(self, browser: "Browser") -> None:
        """Make the file."""
        html = self.html()
        page = browser.new_page(
            viewport={"width": self.width, "height": self.least_height},
            device_scale_factor=_SHARPNESS,
            color_scheme=self.colours,
        )
        page.set_content(html)
        info = PngInfo()
        info.add_text(_MADE_OF, _hash(html))
        with Image.open(BytesIO(page.screenshot(full_page=True))) as image:
            few = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
            few.save(self.path, optimize=True, pnginfo=info)
        page.close()


PICTURES = (
    Picture("approval-mail-phone", lambda: example.the_mail().html, PHONE),
    Picture("approval-mail-dark", lambda: example.the_mail().html, PHONE, "dark"),
    Picture("approval-page-desktop", lambda: example.asking(example.CONFIRMED), DESKTOP),
    Picture("approval-page-phone", lambda: example.asking(example.CONFIRMED), PHONE),
    Picture("approval-decided", example.decided, DESKTOP),
    Picture("status-board", lambda: status_example.the_board(3), DESKTOP),
    Picture("status-board-phone", lambda: status_example.the_board(3), PHONE, "dark"),
    Picture("gantry-watch", status_example.the_watch, TERMINAL, least_height=100),
    Picture("status-timeline", status_example.the_timeline, DESKTOP),
)


def _hash(html: str) -> str:
    return sha256(html.encode()).hexdigest()


if __name__ == "__main__":
    if executable() is None:
        raise SystemExit(MISSING)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with launched() as chromium:
        for picture in PICTURES:
            picture.take(chromium)
