"""Values that users have in another form than functions: generators, which functions have as
arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.ir.graph.type import Type


def shows_otherwise(kind: Type) -> bool:
    """Whether exact values of a type are not what users have."""
    return type(kind).shown is not Type.shown


def with_shown(
    kinds: Sequence[Type], call: Callable[..., Any], returns_list: bool
) -> Callable[..., Any]:
    """`call`, with the values that it returns as users have them; of no cost where they are so."""
    places = [i for i, kind in enumerate(kinds) if shows_otherwise(kind)]
    if not places:
        return call

    def shown(*args: Any, **kwargs: Any) -> Any:
        results = call(*args, **kwargs)
        if not returns_list:
            return kinds[0].shown(results)
        for i in places:
            results[i] = kinds[i].shown(results[i])
        return results

    return shown
