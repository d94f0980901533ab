"""Read a text as YAML, safely: within bounds, without tags, no key given twice, with one meaning for everybody."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.messages import quoted
from gantry.promotion.manifest.problem import in_one_message
from gantry.promotion.manifest.yaml_bounds import Bounds, Mark, at
from gantry.promotion.manifest.yaml_scalars import scalar_problem

LARGEST = 128 * 1024
"""Bytes. 20 environments with 40 targets each, one on a line, have about 100,000."""
_MERGE = "tag:yaml.org,2002:merge"
_OTHER_BREAK = re.compile("[\x85\u2028\u2029]")
"""Line breaks to YAML 1.1 and not to YAML 1.2, where what follows may still be a comment:
https://yaml.org/spec/1.2.2/#54-line-break-characters"""
_IN_WORDS = {
    "found unhashable key": "a key is a mapping or a list; give text as the key",
    "but found another document": "another document begins here; give one file for each manifest, without ---",
}
"""What the library says in words of Python, or without its beginning."""
_Found = tuple[Mark | None, str]
"""Where a problem is, and what it is."""


class _Builder(Composer, SafeConstructor, Resolver):
    """Builds from events that were checked, not from the text."""

    def __init__(self, events: Iterable[yaml.Event]) -> None:
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        Resolver.__init__(self)
        self._events = deque(events)

    def check_event(self, *kinds: type[yaml.Event]) -> bool:
        return bool(self._events) and (not kinds or isinstance(self._events[0], kinds))

    def peek_event(self) -> yaml.Event:
        return self._events[0]

    def get_event(self) -> yaml.Event:
        return self._events.popleft()


def read(text: str, wanted: str = "repository and versioning, or artifact, and environments") -> object:
    """Return what the YAML holds: mappings, lists, text, numbers.

    Args:
        text: the YAML.
        wanted: what should be in an empty text.

    Raises:
        ManifestError: the text is too large, is not YAML, gives a key twice, or holds what YAML 1.1 and YAML 1.2 read
            differently. The message has line and column.
    """
    size = len(text.encode(errors="replace"))
    if size > LARGEST:
        raise ManifestError(f"manifest: it has {size} bytes; give {LARGEST} at most")
    if found := _OTHER_BREAK.search(text):
        line = len(re.findall(r"\r\n?|\n", text[: found.start()])) + 1
        message = "an invisible line break here (U+0085, U+2028 or U+2029) is one in YAML 1.1 only; delete it"
        raise ManifestError(f"line {line}: {message}")
    try:
        return _built(*_checked(text), wanted)
    except yaml.MarkedYAMLError as error:
        # A tag's name is left out: it may be a secret that begins with !.
        problem = re.sub(r" handle '.*'$", " handle", error.problem or error.context or "")
        raise ManifestError(
            f"{at(error.problem_mark or error.context_mark)}: YAML cannot read it: {_IN_WORDS.get(problem, problem)}"
        ) from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise ManifestError(f"manifest: YAML cannot read it: {str(error).splitlines()[0]}") from error


def _checked(text: str) -> tuple[list[yaml.Event], list[_Found]]:
    """Return the text's events, which are within bounds, and what is wrong with single ones."""
    bounds, resolve = Bounds(), Resolver().resolve
    events: list[yaml.Event] = []
    found: list[_Found] = []
    for event in _events(text):
        bounds.check(event)
        events.append(event)
        if problem := scalar_problem(event, resolve):
            found.append((event.start_mark, problem))
    return events, found


def _events(text: str) -> Iterator[yaml.Event]:
    loader = yaml.SafeLoader(text)
    next_event: Callable[[], yaml.Event] = loader.get_event
    try:
        while loader.check_event():
            yield next_event()
    except (OverflowError, ValueError) as error:  # PyYAML does not check that there is a character \U00110000
        position = at(loader.get_mark())
        raise ManifestError(f"{position}: an escape or a version before this is out of range; correct it") from error
    finally:
        loader.dispose()


def _built(events: list[yaml.Event], found: list[_Found], wanted: str) -> object:
    builder = _Builder(events)
    node = builder.get_single_node()
    if node is None:
        raise ManifestError(f"manifest: it is empty; give {wanted}")
    found = sorted(
        [*found, *_repeated_keys(node)], key=lambda each: (each[0].line, each[0].column) if each[0] else (0, 0)
    )
    if found:
        raise ManifestError(in_one_message([f"{at(mark)}: {problem}" for mark, problem in found]))
    return builder.construct_document(node)


def _repeated_keys(root: yaml.Node) -> Iterator[_Found]:
    """Yield each key that its mapping has already. YAML itself would let the last one win."""
    # What repeats an anchor is the same node again. It is looked at once.
    waiting, seen = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        children = node.value if isinstance(node, yaml.SequenceNode) else []
        if isinstance(node, yaml.MappingNode):
            children = [value for _, value in node.value]
            yield from _repeated_in(node)
        for child in children:
            if id(child) not in seen:
                seen.add(id(child))
                waiting.append(child)


def _repeated_in(node: yaml.MappingNode) -> Iterator[_Found]:
    first: dict[tuple[str, str], yaml.Mark] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
            continue
        mark = first.setdefault((key.tag, key.value), key.start_mark)
        if mark is not key.start_mark:
            yield key.start_mark, f"the key {quoted(key.value)} is given twice, first on line {mark.line + 1}; keep one"
