"""A loop in the manner of JAX: from a carry and a row to the next carry and a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamina.ir.ops.constant import as_tensor_variable
from lamina.scan.arguments import iterated, recurrences
from lamina.scan.loop_of_steps import Loop, refuse_updates


def loop(
    step: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: Any = None,
    reverse: bool = False,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Carry something through the rows of arrays; the interface is that of ``jax.lax.scan``.

    Wherever one array may be given or returned, so may tuples, lists and dicts of such, and None.

    Parameters
    ----------
    step : callable
        ``carry, y = step(carry, x)`` makes the graph of a step; it is called once.
    init : variable, or tuple, list or dict of such
        The first carry. Each carry has its structure, shapes and dtypes.
    xs : variable, or tuple, list or dict of such, optional
        Step t gets row t of each. If None, the steps get None.
    length : int or integer scalar, optional
        The number of steps; needed if there are no rows to count.
    reverse : bool
        Begin with the last row. Results are in the order of the rows all the same.
    name : str, optional
        For printed graphs and messages.

    Returns
    -------
    carry
        The last one, in the structure of `init`.
    ys
        All results, in the structure in which a step returns them; the rows of each are the steps.

    Raises
    ------
    TypeError
        The carry does not keep its structure, ranks and dtypes.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> total, sums = lamina.scan.loop(lambda c, row: (c + row, c + row), np.float64(0), x)
    """
    starts, rows = _leaves(init), [as_tensor_variable(x) for x in _leaves(xs)]
    made: dict[str, Any] = {}

    def flat_step(*given: Any) -> Any:
        row = _filled(xs, given[: len(rows)])
        carry = _filled(init, given[len(rows) :])
        returned = step(carry, row)
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise TypeError(f"loop: a step must return the pair (carry, y), got {returned!r}")
        new, y = returned
        if _shape_of(new) != _shape_of(init):
            raise TypeError(
                f"loop: the carry begins as {_shape_of(init)}, but a step returns {_shape_of(new)}"
            )
        made["y"] = y
        return [*_leaves(new), *_leaves(y)], {}

    states = recurrences([{"initial": v} for v in starts])
    found = Loop.made(
        flat_step,
        iterated(rows),
        states,
        (),
        n_steps=length,
        go_backwards=reverse,
        name=name,
        more_outputs=True,
    )
    refuse_updates(found, name)
    ys = found.outputs[len(starts) :]
    return _filled(init, found.last[: len(starts)]), _filled(
        made["y"], [y[::-1] for y in ys] if reverse else ys
    )


def _leaves(tree: Any) -> list[Any]:
    if tree is None:
        return []
    if isinstance(tree, Mapping):
        return [leaf for key in tree for leaf in _leaves(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in _leaves(part)]
    return [tree]


def _filled(tree: Any, leaves: Any) -> Any:
    """`tree` with other leaves."""
    rest = iter(leaves)

    def fill(part: Any) -> Any:
        if part is None:
            return None
        if isinstance(part, Mapping):
            return {key: fill(value) for key, value in part.items()}
        if isinstance(part, tuple) and hasattr(part, "_fields"):
            return type(part)(*map(fill, part))
        if isinstance(part, (tuple, list)):
            return type(part)(map(fill, part))
        return next(rest)

    return fill(tree)


def _shape_of(tree: Any) -> str:
    """The structure of a tree, as text."""
    return repr(_filled(tree, ["*"] * len(_leaves(tree)))).replace("'*'", "*")
