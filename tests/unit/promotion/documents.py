"""HTML as tests look at it: the elements apart from the text between them."""

from html.parser import HTMLParser

Element = tuple[str, dict[str, str | None]]


class Parsed(HTMLParser):
    """A document. Comments and declarations count as elements: none of them may come from outside either."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """All of it, a space for each new line."""
        return " ".join("".join(self.texts).split())

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.elements]

    def all(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a kind."""
        return [attributes for each, attributes in self.elements if each == name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts += " " if tag == "br" else ""

    def handle_endtag(self, tag: str) -> None:
        self.texts += " " if tag in {"h1", "h2", "p", "th", "td", "title", "style", "label", "button"} else ""

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", {"data": data}))

    def handle_decl(self, decl: str) -> None:
        self.elements.append(("declaration", {"data": decl}))
