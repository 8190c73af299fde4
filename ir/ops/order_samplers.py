"""Random orders and choices in compiled code, drawn as NumPy's Generator draws them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.sampler import Check, Sampler, Source
from lamina.ir.ops.samplers import SAMPLERS, bounded

# Of more than MANY numbers, a part above one in CUTOFF is drawn by a shuffle that stops.
MANY = 10_000
CUTOFF = {True: 50, False: 20}


def _exchange(s: Source, x: Any, start: Any, draw: Callable[[Any], Any]) -> None:
    """Exchange the elements of `x`, from the last one down to `start`, with one not behind it."""
    with s.b.loop(start, x.lengths[0], down=True) as i:
        j = draw(i)
        kept = x[j]
        x[j] = x[i]
        x[i] = kept


def _below(s: Source, most: Any) -> Any:
    """A number from 0 to `most`."""
    return bounded(s, s.b.number(0), most + 1)


def _permutation(s: Source, n: Any, y: Any) -> None:
    with s.b.loop(n) as i:
        y[i] = i
    _exchange(s, y, 1, lambda i: s.integer("random_interval", i))


def _choice(shuffled: bool) -> Sampler:
    """k of the numbers below n, each at most once.

    Few of many are drawn by Floyd's method: for each of the last k numbers, one up to it, or itself
    where that one has been drawn. A table of places, of which each number has a first one, tells.
    """

    def memory(b: Any, k: Any, n: Any) -> tuple[Any, Any]:
        stops = nd.and_(nd.gt(n, MANY), nd.gt(k, nd.floor_div(n, CUTOFF[shuffled])))
        size = b.cell(2)
        with b.loop_while(lambda: nd.lt(size.value, 2 * k)):
            size.value = 2 * size.value
        return stops, b.scratch("int64", nd.switch(stops, n, size.value))

    def draw(s: Source, k: Any, n: Any, scratch: tuple[Any, Any], y: Any) -> None:
        b = s.b
        stops, table = scratch
        with b.when(stops):
            with b.loop(n) as i:
                table[i] = i
            _exchange(s, table, nd.maximum(n - k, 1), lambda i: _below(s, i))
            with b.loop(k) as i:
                y[i] = table[n - k + i]
        with b.otherwise():
            place, chosen = b.cell(0), b.cell(0)
            last_place = table.lengths[0] - 1

            def find(value: Any) -> None:
                """Let `place` be that of a value, or where it can be put."""
                place.value = nd.and_(value, last_place)
                with b.loop_while(lambda: _is_another(table[place.value], value)):
                    place.value = nd.and_(place.value + 1, last_place)

            with b.loop(last_place + 1) as i:
                table[i] = -1
            with b.loop(n - k, n) as last:
                chosen.value = _below(s, last)
                find(chosen.value)
                with b.when(nd.eq(table[place.value], chosen.value)):
                    chosen.value = last
                    find(last)
                table[place.value] = chosen.value
                y[last - (n - k)] = chosen.value
            if shuffled:
                _exchange(s, y, 1, lambda i: _below(s, i))

    larger = Check(
        "Cannot take a larger sample than population when replace is False", nd.gt, (0, 1)
    )
    return Sampler(("int64", "int64"), "int64", draw, (larger,), memory=memory)


def _is_another(found: Any, value: Any) -> Any:
    return nd.and_(nd.neq(found, -1), nd.neq(found, value))


SAMPLERS |= {
    "permutation": Sampler(("int64",), "int64", _permutation),
    "choice": _choice(shuffled=True),
    "unshuffled_choice": _choice(shuffled=False),
}
