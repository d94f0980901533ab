"""Read a manifest's text as YAML, safely: no tags that build objects, no key given twice, a limited size."""

from collections.abc import Iterator
from typing import Any, ClassVar

import yaml

from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.messages import quoted

LARGEST = 128 * 1024
"""Bytes. A manifest's content travels through state machines, whose payloads have 256 KiB at most."""
_MERGE = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """SafeLoader, which also gives the position of a value that looks like one of YAML's types but is not valid."""

    yaml_multi_constructors: ClassVar[dict[str | None, Any]] = {}
    """Empty, even where another library has taught the shared SafeLoader to build objects from tags."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401 - as inherited
        try:
            return super().construct_object(node, deep)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            kind = node.tag.rpartition(":")[2]
            # Without the value: it may be a secret.
            message = f"this looks like YAML's type {kind} but is not one; put it in quotes"
            raise yaml.constructor.ConstructorError(problem=message, problem_mark=node.start_mark) from error


def read(text: str) -> object:
    """Return what the YAML holds: mappings, lists, text, numbers.

    Raises:
        ManifestError: the text is too large, is not YAML, or gives a key twice. The message has line and column.
    """
    size = len(text.encode(errors="replace"))
    if size > LARGEST:
        raise ManifestError(f"manifest: it has {size} bytes; give {LARGEST} at most")
    try:
        return _construct(text)
    except yaml.MarkedYAMLError as error:
        position = error.problem_mark or error.context_mark
        raise ManifestError(f"{_at(position)}: YAML cannot read it: {error.problem or error.context}") from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise ManifestError(f"manifest: YAML cannot read it: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise ManifestError("manifest: it is nested too deeply to be a manifest") from error


def _construct(text: str) -> object:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise ManifestError("manifest: it is empty; give repository, versioning and environments")
        repeated = sorted(_repeated_keys(node))
        if repeated:
            raise ManifestError("\n".join(message for _, message in repeated))
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _repeated_keys(root: yaml.Node) -> Iterator[tuple[int, str]]:
    """Yield line and message for each key that its mapping has already. YAML itself would let the last one win."""
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


def _repeated_in(node: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    first: dict[tuple[str, str], yaml.Mark] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
            continue
        mark = first.setdefault((key.tag, key.value), key.start_mark)
        if mark is not key.start_mark:
            line = mark.line + 1
            yield (
                key.start_mark.line,
                f"{_at(key.start_mark)}: the key {quoted(key.value)} is given twice, first on line {line}; keep one",
            )


def _at(mark: yaml.Mark | None) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "manifest"
