"""On which line of a YAML text something stands."""

from collections.abc import Iterator

import yaml

from gantry.promotion.manifest.problem import Location

_MERGE = "tag:yaml.org,2002:merge"


class YamlPlaces:
    """The lines of a text that `yaml_text.read` has read before, so that it is known to be YAML within bounds."""

    def __init__(self, text: str) -> None:
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)

    def line(self, location: Location) -> int | None:
        """Return the line, from 1, of what stands at a location; of what holds it where it is missing."""
        node, line = self._root, None if self._root is None else self._root.start_mark.line + 1
        for part in location:
            found = _step(node, part)
            if found is None:
                break
            mark, node = found
            line = mark.line + 1
        return line


def _step(node: yaml.Node | None, part: str | int) -> tuple[yaml.Mark, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode):
        is_there = isinstance(part, int) and part < len(node.value)
        return (node.value[part].start_mark, node.value[part]) if is_there else None
    for key, value in _pairs(node):
        if key.value == str(part):
            return key.start_mark, value
    return None


def _pairs(node: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """Yield what a mapping has itself, then what it merges: that is the order in which YAML lets one win."""
    merged: list[yaml.Node] = []
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.tag == _MERGE:
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        elif isinstance(key, yaml.ScalarNode):
            yield key, value
    for each in merged:
        yield from _pairs(each)
