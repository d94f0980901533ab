"""How a repair replaces a library's function, and the types of what passes through it."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

Original = Callable[..., Any]
Json = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]  # every service answers with status, headers and body


def put_in_front(owner: object, name: str, replacement: Callable[..., Any]) -> None:
    """Make `owner.name(…)` call `replacement(original, …)`. The owner is a module or a class."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def patched(*args: object, **kwargs: object) -> object:
        return replacement(original, *args, **kwargs)

    @functools.wraps(original)
    async def patched_coroutine(*args: object, **kwargs: object) -> object:
        return await replacement(original, *args, **kwargs)

    replaced: Any = patched_coroutine if inspect.iscoroutinefunction(original) else patched
    is_static = inspect.isclass(owner) and isinstance(inspect.getattr_static(owner, name), staticmethod)
    setattr(owner, name, staticmethod(replaced) if is_static else replaced)
