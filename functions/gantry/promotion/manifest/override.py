"""How an environment overrides what stands at the top for all of them."""

from collections.abc import Mapping
from typing import Any

_Merged = Mapping[str, "_Merged"]
_MERGED: _Merged = {"configuration": {"environment": {}}, "approval": {}}
"""What is merged key by key; everything else that an environment gives replaces what is shared, null included.

That is how an environment takes something back: fields that may be null say "nothing of this kind" by it, a list says
so by being empty, and any other field refuses null wherever it stands.
"""


def written_out(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The environment as it would stand if nothing were shared. Takes anything that YAML reads, right or wrong.

    Args:
        shared: those of the manifest's top keys that environments may share.
        own: the environment's own keys.
    """
    return _over(shared, own, _MERGED)


def _over(below: Mapping[str, Any], above: Mapping[str, Any], merged: _Merged) -> dict[str, Any]:
    full = {**below, **above}
    for key, deeper in merged.items():
        if isinstance(below.get(key), dict) and isinstance(above.get(key), dict):
            full[key] = _over(below[key], above[key], deeper)
    return full
